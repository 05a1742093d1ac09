"""WSGI (PEP 3333): what servers, applications and what stands between them are made of.

- `simple_server`: a server of one request after another, for trying applications out.
- `handlers`: what calls an application and sends what it answers, for any kind of server or gateway.
- `headers`: a response's headers, by name.
- `util`: URLs of a request, its path step by step, files as bodies.
- `validate`: stands between a server and an application and holds both to the rules.
- `types`: names for type checkers (Python 3.11 and later).

Source: https://docs.python.org/3/library/wsgiref.html
"""
