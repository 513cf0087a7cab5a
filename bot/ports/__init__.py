"""What the core needs of the outside: each sentence here is a promise that a contract test executes."""
