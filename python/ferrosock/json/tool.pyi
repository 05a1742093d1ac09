"""Check and lay out JSON documents from a shell.

Source: https://docs.python.org/3/library/json.html#module-json.tool
"""

def main() -> None: ...
