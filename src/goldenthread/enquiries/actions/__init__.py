"""What is done with interest and enquiries, a file for each kind of deed."""
