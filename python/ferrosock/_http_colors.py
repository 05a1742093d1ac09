"""The colors of `http.server`'s log and words, since Python 3.15: on terminals, where the user wants them."""

import sys


def theme(file=None):
    """Return the colors of what is written to a file (None: standard output); empty strings where it has none."""
    import _colorize

    return _colorize.get_theme(tty_file=file).http_server


def are_off():
    """Return whether the log has no colors."""
    import _colorize

    return not _colorize.can_colorize(file=sys.stderr)


def request(handler, code, size, colors):
    """Return the log's text for a request that is answered: its line, with single blanks, the status and the size."""
    line = handler.requestline.translate(handler._control_char_table)
    parts = line.split(None, 2)
    if len(parts) == 3:
        method, path, version = parts
        line = f"{method} {colors.path}{path}{colors.reset} {version}"
    return f'"{line}" {_of_status(code, colors)}{code} {colors.size}{size}{colors.reset}'


def _of_status(code, colors):
    try:
        number = int(code)
    except (TypeError, ValueError):
        return ""
    if number >= 500:
        return colors.status_server_error
    if number >= 400:
        return colors.status_client_error
    if number >= 300:
        return colors.status_redirect
    return colors.status_ok if number >= 200 else colors.status_informational


def message(handler, text):
    """Return a line of the log.

    Args:
        handler: whose; it notes what `log_request` and `log_error` are about.
        text: the message.
    """
    text = text.translate(handler._control_char_table)
    colors = theme(sys.stderr)
    info = getattr(handler, "_log_request_info", None)
    if info is not None:
        handler._log_request_info = None
        text = request(handler, *info, colors)
    elif getattr(handler, "_log_is_error", False):
        handler._log_is_error = False
        text = f"{colors.error}{text}{colors.reset}"
    client, now = handler.address_string(), handler.log_date_time_string()
    return f"{colors.timestamp}{client} - - [{now}]{colors.reset} {text}\n"
