"""Django, as WSGI and as ASGI."""

import asyncio
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="of a test",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.gzip.GZipMiddleware"],
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


async def data(request: HttpRequest) -> JsonResponse:
    await asyncio.sleep(0.001)
    return JsonResponse({"name": request.GET["name"], "scheme": request.scheme, "host": request.get_host()})


@csrf_exempt
def upload(request: HttpRequest) -> JsonResponse:
    return JsonResponse({name: len(file.read()) for name, file in request.FILES.items()})


@csrf_exempt
def body(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.body)))


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse((f"{number} {request.path}\n" for number in range(5)), content_type="text/plain")


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(Path(__file__).open("rb"), content_type="text/plain")


def boom(request: HttpRequest) -> HttpResponse:
    raise ValueError("boom")


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


urlpatterns = [
    path("", hello),
    path("json", data),
    path("upload", upload),
    path("body", body),
    path("stream", stream),
    path("file", file),
    path("boom", boom),
    path("nothing", nothing),
]

wsgi = get_wsgi_application()
asgi = get_asgi_application()
