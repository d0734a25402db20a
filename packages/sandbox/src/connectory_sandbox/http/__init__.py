"""The HTTP service: answers in place of the outside world, and endpoints to try a client against.

A request that a connector redirected here (header ``X-Connectory-Original-Url``) gets the canned answer for its URL,
else a token if it asks for one, else an echo. Requests to the service itself reach its endpoints, which
`connectory_sandbox.http.endpoints` lists.
"""

from connectory_sandbox.http.answers import AnswerFileError, Answers
from connectory_sandbox.http.service import HttpRequest, HttpService

__all__ = ["AnswerFileError", "Answers", "HttpRequest", "HttpService"]
