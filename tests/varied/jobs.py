"""Jobs of the REST connector that vary what a model, a form or a server may give, to be run through two runtimes.

Each is a case of the replay tool (`CONNECTORY_REPLAY_OUTBOUND`) without expectation: what Camunda's Java runtime does with
it is recorded, and ours is compared with that. `jobs()` yields all; each table is one subject.
"""

import base64
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

from varied.answers import ANSWERS, BODIES, RAW, STATUSES
from varied.expressions import RESULT_VARIABLES, SHOP, lines
from varied.values import (
    ABSENT,
    AUTHENTICATION_VALUES,
    AUTHENTICATIONS,
    CONTENT_TYPES,
    DOCUMENT,
    DOCUMENTS,
    DURATIONS,
    EXTERNAL,
    FILES,
    FLAGS,
    INTRINSIC,
    JSON,
    LOCATIONS,
    METHODS,
    NUMBERS,
    OK,
    PATHS,
    QUERIES,
    SECRETS,
    SENT_BODIES,
    TOKENS,
    TYPE,
    TYPES,
    URLS,
    VALUES,
)

Case = dict[str, Any]


def case(theme: str, label: Any, variables: dict[str, Any], target: list[Any] = OK, **more: Any) -> Case:
    """Return a job; what is absent is left out."""
    given = {"url": "${TARGET}/x", "method": "GET", **variables}
    headers = more.pop("customHeaders", {"resultVariable": "result"})
    job = {
        "type": TYPE,
        "customHeaders": headers,
        "variables": {name: value for name, value in given.items() if value is not ABSENT},
        "retries": more.pop("retries", 3),
    }
    return {"name": theme, "theme": theme, "shows": str(label), "job": job, "target": target, **more}


def posted(theme: str, label: Any, body: Any, content_type: Any = ABSENT, **more: Any) -> Case:
    """Return a job that sends a body."""
    headers = ABSENT if content_type is ABSENT else {"Content-Type": content_type}
    variables = {"method": "POST", "body": body, "headers": headers, **more.pop("variables", {})}
    return case(theme, label, variables, **more)


def is_name(value: Any) -> bool:
    """Tell whether a value may be a name; with one beyond ASCII, Java loses the job and those beside it."""
    return isinstance(value, str) and value.isascii()


def inputs() -> Iterator[Case]:
    """Yield jobs whose variables are of all types."""
    for name in ("url", "method", "headers", "queryParameters", "authentication"):
        for label, value in VALUES.items():
            yield case(f"input-{name}", label, {name: value})
    for name in ("connectionTimeoutInSeconds", "readTimeoutInSeconds"):
        for label, value in NUMBERS.items():
            yield case(f"input-{name}", label, {name: value})
    for value in FLAGS:
        body = {"a": None, "b": {"c": None}, "l": [None]}
        yield posted("input-ignoreNullValues", repr(value), body, variables={"ignoreNullValues": value})
        yield case("input-storeResponse", repr(value), {"storeResponse": value})
        yield case(
            "input-skipEncoding", repr(value), {"url": "${TARGET}/a%2Cb?x=", "skipEncoding": value}, exact=["target"]
        )
    for method in METHODS:
        yield case("input-method", repr(method), {"method": method, "body": {"a": 1}})


def addresses() -> Iterator[Case]:
    """Yield jobs whose URL and parameters vary."""
    for path in PATHS:
        yield case("url-path", path, {"url": "${TARGET}" + path}, exact=["target"])
        yield case("url-skip-path", path, {"url": "${TARGET}" + path, "skipEncoding": "true"}, exact=["target"])
    for query in QUERIES:
        yield case("url-query", query, {"url": "${TARGET}/x" + query}, exact=["target"])
        yield case("url-skip", query, {"url": "${TARGET}/x" + query, "skipEncoding": "true"}, exact=["target"])
        added = {"url": "${TARGET}/x" + query, "queryParameters": {"z": "ä 1"}}
        yield case("url-added", query, added, exact=["target"])
        yield case("url-skip-added", query, {**added, "skipEncoding": "true"}, exact=["target"])
    for label, url in URLS.items():
        yield case("url-form", label, {"url": url})
    for label, value in VALUES.items():
        if value is not ABSENT:
            yield case("query-value", label, {"queryParameters": {"q": value, "r": "1"}})
            yield case("query-skip", label, {"queryParameters": {"q": value}, "skipEncoding": "true"})
        if is_name(value):
            yield case("query-name", label, {"queryParameters": {value: "1"}})


def headers() -> Iterator[Case]:
    """Yield jobs whose headers vary."""
    for label, value in VALUES.items():
        if value is not ABSENT:
            yield case("header-value", label, {"headers": {"X-A": value, "X-B": "1"}})
            yield posted("header-content-type", label, {"a": 1}, value)
        if is_name(value):
            yield case("header-name", label, {"headers": {value: "1"}})
    for name in (
        "content-type",
        "CONTENT-TYPE",
        "Authorization",
        "Cookie",
        "Accept",
        "accept-encoding",
        "User-Agent",
        "X-Empty",
        "Accept-Language",
        "If-Match",
        "Range",
    ):
        for value in ("v/w", "", None, 12, "ä"):
            yield posted("header-known", f"{name} {value}", {"a": 1}, variables={"headers": {name: value}})
    for given in (
        {"X-A": "1", "x-a": "2"},
        {"Content-Type": "a/b", "content-type": "c/d"},
        {"Accept": "a/b", "accept": "c/d"},
    ):
        yield posted("header-twice", str(given), {"a": 1}, variables={"headers": given})


def bodies() -> Iterator[Case]:
    """Yield jobs whose bodies vary."""
    for content_type in CONTENT_TYPES:
        for label, body in SENT_BODIES.items():
            yield posted("body-type", f"{content_type} {label}", body, content_type)
    for label, value in VALUES.items():
        for kind in (ABSENT, "application/x-www-form-urlencoded", "multipart/form-data"):
            name = str(kind) if isinstance(kind, str) else "json"
            if value is not ABSENT:
                yield posted("body-member", f"{name} {label}", {"a": value, "z": "1"}, kind)
            if is_name(value):
                yield posted("body-name", f"{name} {label}", {value: "1"}, kind)
        for method in ("POST", "PUT", "PATCH", "GET", "DELETE"):
            yield case("body-whole", f"{method} {label}", {"method": method, "body": value})


def logins() -> Iterator[Case]:
    """Yield jobs whose authentication varies."""
    token = [{"path": "/token", "status": 200, "headers": JSON, "body": '{"access_token": "T", "expires_in": 0}'}, *OK]
    for kind, (members, varied) in AUTHENTICATIONS.items():
        for member in varied:
            for label in AUTHENTICATION_VALUES:
                given = {"type": kind, **members, member: VALUES[label]}
                given = {name: value for name, value in given.items() if value is not ABSENT}
                yield case(f"auth-{kind}", f"{member} {label}", {"authentication": given}, token)
    for value in TYPES:
        yield case("auth-type", repr(value), {"authentication": {"type": value}})
    for location in LOCATIONS:
        given = {"type": "apiKey", "apiKeyLocation": location, "name": "k", "value": "v 1"}
        yield case("auth-location", repr(location), {"authentication": given, "queryParameters": {"a": "1"}})
    for label, answer in TOKENS.items():
        given = {"type": "oauth-client-credentials-flow", **AUTHENTICATIONS["oauth-client-credentials-flow"][0]}
        for place in ("basicAuthHeader", "credentialsBody"):
            login = {**given, "clientAuthentication": place, "clientId": f"{label}-{place}"}
            first = {"path": "/token", "status": 200, "headers": JSON, **answer}
            yield case("oauth-answer", f"{label} {place}", {"authentication": login}, [first, *OK])


def answers() -> Iterator[Case]:
    """Yield jobs whose server answers in many ways."""
    for status in STATUSES:
        for label, answer in BODIES.items():
            yield case("answer-status", f"{status} {label}", {}, [{"status": status, "headers": JSON, **answer}])
    for label, answer in ANSWERS.items():
        yield case("answer", label, {}, [{"status": 200, **answer}])
        yield case("answer-error", label, {}, [{"status": 400, **answer}])
        yield case("answer-stored", label, {"storeResponse": True}, [{"status": 200, **answer}])
    for label, raw in RAW.items():
        yield case("answer-raw", label, {}, [{"raw": raw}])
    for name, packed in (("gzip", gzip.compress(b'{"a": 1}', mtime=0)), ("deflate", zlib.compress(b'{"a": 1}')), ("identity", b'{"a": 1}'),
                         ("gzip-broken", b"no gzip at all"), ("br", b'{"a": 1}'), ("x-gzip", gzip.compress(b'{"a": 1}', mtime=0)), ("GZIP", gzip.compress(b"[1]", mtime=0))):  # fmt: skip
        answer = {
            "headers": [*JSON, ["Content-Encoding", name.partition("-broken")[0]]],
            "bodyBase64": base64.b64encode(packed).decode(),
        }
        for status in (200, 400):
            yield case("answer-packed", f"{name} {status}", {}, [{"status": status, **answer}])
        yield case("answer-packed", f"{name} stored", {"storeResponse": True}, [{"status": 200, **answer}])


def expressions() -> Iterator[Case]:
    """Yield jobs with result and error expressions of all kinds."""
    good, bad = (
        [{"status": 200, "headers": JSON, "body": json.dumps(SHOP)}],
        [{"status": 404, "headers": JSON, "body": json.dumps(SHOP)}],
    )
    for text in lines("result"):
        yield case("result", text, {}, good, customHeaders={"resultExpression": text})
    for text in RESULT_VARIABLES:
        yield case("result-name", text, {}, good, customHeaders={"resultVariable": text})
    for text in lines("error"):
        yield case("error", text, {}, bad, customHeaders={"errorExpression": text, "retryBackoff": "PT7S"})
        yield case("error-success", text, {}, good, customHeaders={"errorExpression": text, "resultVariable": "out"})
    for text in lines("success"):
        yield case(
            "error-mapped",
            text,
            {},
            good,
            customHeaders={"errorExpression": text, "resultExpression": "={mine: response.body.id, status: 7}"},
        )
        yield case("error-plain", text, {}, good, customHeaders={"errorExpression": text})


def retrying() -> Iterator[Case]:
    """Yield jobs whose retries and back-offs vary."""
    bad = [{"status": 500, "headers": JSON, "body": "{}"}]
    for text in DURATIONS:
        yield case("retry-backoff", text, {}, bad, customHeaders={"retryBackoff": text})
    for count in (0, 1, 2, 10, -1, 2147483647):
        yield case("retry-count", count, {}, bad, retries=count, customHeaders={"retryBackoff": "PT1S"})
        yield case("retry-input", count, {"url": None}, bad, retries=count, customHeaders={"retryBackoff": "PT1S"})


def secrets() -> Iterator[Case]:
    """Yield jobs with secrets in all places."""
    for text in SECRETS:
        yield case("secret-header", text, {"headers": {"X-A": text}})
        yield posted("secret-body", text, {"a": text})
        yield posted("secret-text", text, text, "text/plain")
    for text in SECRETS[:9] + SECRETS[36:46]:
        yield case("secret-query", text, {"queryParameters": {"q": text}})
        yield posted("secret-key", text, {text: 1})
        yield posted("secret-form", text, {"a": text}, "application/x-www-form-urlencoded")
        yield case("secret-unused", text, {"writeTimeoutInSeconds": text})
        yield case(
            "secret-failed",
            text,
            {"headers": {"X-A": text}},
            [
                {
                    "status": 400,
                    "headers": JSON,
                    "body": '{"seen": "tok-3c1f9a 7 replay-user"}',
                    "reason": "saw tok-3c1f9a",
                }
            ],
        )
        yield case("secret-timeout", text, {"connectionTimeoutInSeconds": text})
        yield case("secret-path", text, {"url": "${TARGET}/" + text})


def documents() -> Iterator[Case]:
    """Yield jobs with documents and intrinsic functions."""
    other = {**DOCUMENT, "documentId": "doc-2", "metadata": {"contentType": "image/png"}}
    shapes = {"whole": DOCUMENT, "member": {"a": DOCUMENT}, "deep": {"a": {"b": [DOCUMENT, other]}}, "list": [DOCUMENT], "binary": {"a": other},
              "no-metadata": {"a": {k: v for k, v in DOCUMENT.items() if k != "metadata"}}, "unknown-type": {"a": {**DOCUMENT, "camunda.document.type": "other"}},
              "no-id": {"a": {k: v for k, v in DOCUMENT.items() if k != "documentId"}}, "no-hash": {"a": {k: v for k, v in DOCUMENT.items() if k != "contentHash"}},
              "gone": {"a": {**DOCUMENT, "documentId": "none"}}, "two": {"a": DOCUMENT, "b": other}, "in-list": {"a": [DOCUMENT, "x", None]}}  # fmt: skip
    for label, body in shapes.items():
        for kind in (ABSENT, "multipart/form-data", "application/x-www-form-urlencoded", "text/plain"):
            yield posted(
                "document", f"{label} {kind if isinstance(kind, str) else 'json'}", body, kind, documents=DOCUMENTS
            )
    for label, (path, name) in EXTERNAL.items():
        there = {"camunda.document.type": "external", "url": "${TARGET}/" + path, **name}
        for kind in (ABSENT, "multipart/form-data"):
            what = kind if isinstance(kind, str) else "json"
            yield posted("external", f"{label} {what}", {"a": there, "b": "x"}, kind, target=FILES + OK)
    for label, (name, params) in INTRINSIC.items():
        call = {"camunda.function.type": name, "params": params}
        call = {key: value for key, value in call.items() if value is not ABSENT}
        yield posted("intrinsic-body", label, {"a": call}, documents=DOCUMENTS)
        yield case("intrinsic-header", label, {"headers": {"X-A": call}}, documents=DOCUMENTS)
        yield case("intrinsic-query", label, {"queryParameters": {"q": call}}, documents=DOCUMENTS)
        yield posted("intrinsic-whole", label, call, documents=DOCUMENTS)
    call = {"camunda.function.type": "base64", "params": ["a"]}
    for count in (9, 10, 11):
        yield posted("intrinsic-many", count, [call] * count)


def jobs() -> list[Case]:
    """Return all jobs, each with a name that says what it varies."""
    found: list[Case] = []
    names: dict[str, int] = {}
    for table in (inputs, addresses, headers, bodies, logins, answers, expressions, retrying, secrets, documents):
        for job in table():
            words = re.sub(r"[^a-z0-9]+", "-", f"{job['theme']} {job['shows'][:40]}".lower()).strip("-")
            names[words] = count = names.get(words, 0) + 1
            found.append({**job, "name": words if count == 1 else f"{words}-n{count}"})
    return found
