"""What each person of a journey does on the pages, as verbs: one module for each part of the organisation."""
