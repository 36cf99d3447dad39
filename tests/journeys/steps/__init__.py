"""What each person of a journey does on the pages: one module for each part of the organisation."""
