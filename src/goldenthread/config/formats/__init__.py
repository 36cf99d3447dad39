"""How days and times are written by themselves: one form, as `templatetags.gt` has it."""
