"""Responses of `http.client`, typed there."""

from ferrosock.http.client import HTTPResponse as HTTPResponse
