"""The status codes and the methods of HTTP, and the package of what speaks it.

    >>> HTTPStatus.NOT_FOUND
    <HTTPStatus.NOT_FOUND: 404>
    >>> HTTPStatus(404).phrase
    'Not Found'
    >>> HTTPStatus.OK == 200
    True

Submodules that are not Ferrosock's are the standard library's.

Source: https://docs.python.org/3/library/http.html and RFC 9110, section 15
"""

import sys
from enum import IntEnum

if sys.version_info >= (3, 11):
    # Makes a class such as these in a third of the time.
    from enum import StrEnum, _simple_enum
else:

    def _simple_enum(base):
        """Return a decorator that makes an enumeration on `base` of a plain class."""

        def made(plain):
            namespace = base.__class__.__prepare__(plain.__name__, (base,))
            for name, value in vars(plain).items():
                if name not in ("__dict__", "__weakref__"):
                    namespace[name] = value
            return base.__class__(plain.__name__, (base,), namespace)

        return made


def _described(status, phrase, description):
    """Return a status that has had no description before Python 3.14."""
    return (status, phrase, description) if sys.version_info >= (3, 14) else (status, phrase)


__all__ = ["HTTPStatus", "HTTPMethod"] if sys.version_info >= (3, 11) else ["HTTPStatus"]


@_simple_enum(IntEnum)
class HTTPStatus:
    """What a server answers a request with: an int, with a name, a phrase and for most a description.

    Sources: RFC 9110, section 15; RFC 2295, 2324, 2774, 3229, 4918, 5842, 6585, 7540, 7725, 8297 and 8470
    """

    def __new__(cls, value, phrase, description=""):
        status = int.__new__(cls, value)
        status._value_ = value
        status.phrase = phrase
        status.description = description
        return status

    if sys.version_info >= (3, 12):

        @property
        def is_informational(self):
            """Whether a final answer is still to come (1xx)."""
            return self // 100 == 1

        @property
        def is_success(self):
            """Whether the server did what it was asked (2xx)."""
            return self // 100 == 2

        @property
        def is_redirection(self):
            """Whether the client has to ask elsewhere (3xx)."""
            return self // 100 == 3

        @property
        def is_client_error(self):
            """Whether the request was wrong (4xx)."""
            return self // 100 == 4

        @property
        def is_server_error(self):
            """Whether the server failed (5xx)."""
            return self // 100 == 5

    CONTINUE = 100, "Continue", "Request received, please continue"
    SWITCHING_PROTOCOLS = 101, "Switching Protocols", "Switching to new protocol; obey Upgrade header"
    PROCESSING = _described(102, "Processing", "Server is processing the request")
    EARLY_HINTS = _described(103, "Early Hints", "Headers sent to prepare for the response")

    OK = 200, "OK", "Request fulfilled, document follows"
    CREATED = 201, "Created", "Document created, URL follows"
    ACCEPTED = 202, "Accepted", "Request accepted, processing continues off-line"
    NON_AUTHORITATIVE_INFORMATION = 203, "Non-Authoritative Information", "Request fulfilled from cache"
    NO_CONTENT = 204, "No Content", "Request fulfilled, nothing follows"
    RESET_CONTENT = 205, "Reset Content", "Clear input form for further input"
    PARTIAL_CONTENT = 206, "Partial Content", "Partial content follows"
    MULTI_STATUS = _described(207, "Multi-Status", "Response contains multiple statuses in the body")
    ALREADY_REPORTED = _described(208, "Already Reported", "Operation has already been reported")
    IM_USED = _described(226, "IM Used", "Request completed using instance manipulations")

    MULTIPLE_CHOICES = 300, "Multiple Choices", "Object has several resources -- see URI list"
    MOVED_PERMANENTLY = 301, "Moved Permanently", "Object moved permanently -- see URI list"
    FOUND = 302, "Found", "Object moved temporarily -- see URI list"
    SEE_OTHER = 303, "See Other", "Object moved -- see Method and URL list"
    NOT_MODIFIED = 304, "Not Modified", "Document has not changed since given time"
    USE_PROXY = 305, "Use Proxy", "You must use proxy specified in Location to access this resource"
    TEMPORARY_REDIRECT = 307, "Temporary Redirect", "Object moved temporarily -- see URI list"
    PERMANENT_REDIRECT = 308, "Permanent Redirect", "Object moved permanently -- see URI list"

    BAD_REQUEST = 400, "Bad Request", "Bad request syntax or unsupported method"
    UNAUTHORIZED = 401, "Unauthorized", "No permission -- see authorization schemes"
    PAYMENT_REQUIRED = 402, "Payment Required", "No payment -- see charging schemes"
    FORBIDDEN = 403, "Forbidden", "Request forbidden -- authorization will not help"
    NOT_FOUND = 404, "Not Found", "Nothing matches the given URI"
    METHOD_NOT_ALLOWED = 405, "Method Not Allowed", "Specified method is invalid for this resource"
    NOT_ACCEPTABLE = 406, "Not Acceptable", "URI not available in preferred format"
    PROXY_AUTHENTICATION_REQUIRED = (
        407,
        "Proxy Authentication Required",
        "You must authenticate with this proxy before proceeding",
    )
    REQUEST_TIMEOUT = 408, "Request Timeout", "Request timed out; try again later"
    CONFLICT = 409, "Conflict", "Request conflict"
    GONE = 410, "Gone", "URI no longer exists and has been permanently removed"
    LENGTH_REQUIRED = 411, "Length Required", "Client must specify Content-Length"
    PRECONDITION_FAILED = 412, "Precondition Failed", "Precondition in headers is false"
    # The names of RFC 9110 came with Python 3.13; those from before stay as aliases.
    if sys.version_info >= (3, 13):
        CONTENT_TOO_LARGE = 413, "Content Too Large", "Content is too large"
        REQUEST_ENTITY_TOO_LARGE = CONTENT_TOO_LARGE
        URI_TOO_LONG = 414, "URI Too Long", "URI is too long"
        REQUEST_URI_TOO_LONG = URI_TOO_LONG
    else:
        REQUEST_ENTITY_TOO_LARGE = 413, "Request Entity Too Large", "Entity is too large"
        REQUEST_URI_TOO_LONG = 414, "Request-URI Too Long", "URI is too long"
    UNSUPPORTED_MEDIA_TYPE = 415, "Unsupported Media Type", "Entity body in unsupported format"
    if sys.version_info >= (3, 13):
        RANGE_NOT_SATISFIABLE = 416, "Range Not Satisfiable", "Cannot satisfy request range"
        REQUESTED_RANGE_NOT_SATISFIABLE = RANGE_NOT_SATISFIABLE
    else:
        REQUESTED_RANGE_NOT_SATISFIABLE = 416, "Requested Range Not Satisfiable", "Cannot satisfy request range"
    EXPECTATION_FAILED = 417, "Expectation Failed", "Expect condition could not be satisfied"
    if sys.version_info >= (3, 14):
        IM_A_TEAPOT = 418, "I'm a Teapot", "Server refuses to brew coffee because it is a teapot"
    else:
        IM_A_TEAPOT = 418, "I'm a Teapot", "Server refuses to brew coffee because it is a teapot."
    MISDIRECTED_REQUEST = 421, "Misdirected Request", "Server is not able to produce a response"
    if sys.version_info >= (3, 13):
        UNPROCESSABLE_CONTENT = _described(
            422, "Unprocessable Content", "Server is not able to process the contained instructions"
        )
        UNPROCESSABLE_ENTITY = UNPROCESSABLE_CONTENT
    else:
        UNPROCESSABLE_ENTITY = 422, "Unprocessable Entity"
    LOCKED = _described(423, "Locked", "Resource of a method is locked")
    FAILED_DEPENDENCY = _described(424, "Failed Dependency", "Dependent action of the request failed")
    TOO_EARLY = _described(425, "Too Early", "Server refuses to process a request that might be replayed")
    UPGRADE_REQUIRED = _described(
        426, "Upgrade Required", "Server refuses to perform the request using the current protocol"
    )
    PRECONDITION_REQUIRED = 428, "Precondition Required", "The origin server requires the request to be conditional"
    TOO_MANY_REQUESTS = (
        429,
        "Too Many Requests",
        'The user has sent too many requests in a given amount of time ("rate limiting")',
    )
    REQUEST_HEADER_FIELDS_TOO_LARGE = (
        431,
        "Request Header Fields Too Large",
        "The server is unwilling to process the request because its header fields are too large",
    )
    UNAVAILABLE_FOR_LEGAL_REASONS = (
        451,
        "Unavailable For Legal Reasons",
        "The server is denying access to the resource as a consequence of a legal demand",
    )

    INTERNAL_SERVER_ERROR = 500, "Internal Server Error", "Server got itself in trouble"
    NOT_IMPLEMENTED = 501, "Not Implemented", "Server does not support this operation"
    BAD_GATEWAY = 502, "Bad Gateway", "Invalid responses from another server/proxy"
    SERVICE_UNAVAILABLE = 503, "Service Unavailable", "The server cannot process the request due to a high load"
    GATEWAY_TIMEOUT = 504, "Gateway Timeout", "The gateway server did not receive a timely response"
    HTTP_VERSION_NOT_SUPPORTED = 505, "HTTP Version Not Supported", "Cannot fulfill request"
    VARIANT_ALSO_NEGOTIATES = _described(506, "Variant Also Negotiates", "Server has an internal configuration error")
    INSUFFICIENT_STORAGE = _described(507, "Insufficient Storage", "Server is not able to store the representation")
    LOOP_DETECTED = _described(508, "Loop Detected", "Server encountered an infinite loop while processing a request")
    NOT_EXTENDED = _described(510, "Not Extended", "Request does not meet the resource access policy")
    NETWORK_AUTHENTICATION_REQUIRED = (
        511,
        "Network Authentication Required",
        "The client needs to authenticate to gain network access",
    )


if sys.version_info >= (3, 11):

    @_simple_enum(StrEnum)
    class HTTPMethod:
        """What a client asks a server to do: a str, with a description.

        Sources: RFC 9110, section 9, and RFC 5789 for PATCH
        """

        def __new__(cls, value, description):
            method = str.__new__(cls, value)
            method._value_ = value
            method.description = description
            return method

        def __repr__(self):
            return f"<{type(self).__name__}.{self._name_}>"

        CONNECT = "CONNECT", "Establish a connection to the server."
        DELETE = "DELETE", "Remove the target."
        GET = "GET", "Retrieve the target."
        HEAD = "HEAD", "Same as GET, but only retrieve the status line and header section."
        OPTIONS = "OPTIONS", "Describe the communication options for the target."
        PATCH = "PATCH", "Apply partial modifications to a target."
        POST = "POST", "Perform target-specific processing with the request payload."
        PUT = "PUT", "Replace the target with the request payload."
        TRACE = "TRACE", "Perform a message loop-back test along the path to the target."
