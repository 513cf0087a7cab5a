"""Every decision of the program, pure: values in, values out. No I/O, no async, no clock, no vendor."""
