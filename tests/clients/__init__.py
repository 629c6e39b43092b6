"""Generated clients. A package, so that the service which all of it shares ends with it: a process has one engine."""
