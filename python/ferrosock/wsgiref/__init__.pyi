"""WSGI (PEP 3333): what servers, applications and what stands between them are made of."""
