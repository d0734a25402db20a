"""What a model, a form or a server may give: the tables of `jobs`."""

import base64
from typing import Any

TYPE = "io.camunda:http-json:1"
JSON = [["Content-Type", "application/json"]]
OK = [{"status": 200, "headers": JSON, "body": '{"ok": true}'}]
ABSENT = object()

VALUES: dict[str, Any] = {
    "absent": ABSENT, "null": None, "empty": "", "blank": "  ", "text": "abc", "padded": " a b ", "unicode": "grüße €😀",
    "true": True, "false": False, "zero": 0, "number": 7, "negative": -3, "fraction": 1.5, "whole-fraction": 3.0,
    "large": 12345678901234567890, "exponent": 1e21, "small": 1e-7, "hundred-million": 1e8, "tenth": 0.1,
    "empty-list": [], "list-one": ["a"], "list-number": [7], "list-two": ["a", "b"], "list-null": [None],
    "list-nested": [["a"]], "empty-object": {}, "object": {"a": 1}, "object-nested": {"a": {"b": [1, None]}},
    "date": "2024-02-29", "null-text": "null", "true-text": "true", "number-text": "20", "json-text": '{"a": 1}',
    "feel-text": "=1+1", "lines": "a\nb\r\nc", "tab": "a\tb", "quotes": "\"q\" 'r'", "percent": "100%", "plus": "a+b c",
    "ampersand": "a&b=c?d#e/f", "backslash": "a\\b", "control": "a\u0001b", "nbsp": "a\u00a0b", "surrogate": "\U0001f600",
}  # fmt: skip

NUMBERS: dict[str, Any] = {
    **{name: VALUES[name] for name in ("absent", "null", "empty", "blank", "text", "true", "false", "number", "fraction",
       "empty-list", "list-number", "list-two", "empty-object", "null-text", "list-null", "list-nested")},
    "text-number": "20", "padded-number": " 20 ", "plus-number": "+20", "hex": "0x14", "underscore": "2_0", "exponent": "1e1",
    "exponent-number": 1e1, "fraction-text": "1.5", "whole-fraction-text": "20.0", "zero-text": "0", "leading-zero": "007",
    "arabic": "٢٠", "thousand": "1,000", "max": 2147483647, "max-text": "2147483647", "list-text": ["5"], "unit": "20s",
    "iso": "PT20S", "feel": "=20", "NULL": "NULL", "comma": "1,5", "minus-zero": "-0",
}  # fmt: skip

FLAGS = ["true", "True", "TRUE", " true ", "false", "False", "FALSE", "yes", "no", "on", "1", "0", "null", "", " ", True, False,
         None, 0, 1, 2, -1, 1.0, 0.0, [], [True], ["true"], [False, True], {}, "t"]  # fmt: skip

METHODS = ["GET", "get", "gEt", " GET ", "POST", "post", "PUT", "PATCH", "patch", "DELETE", "delete", "HEAD", "OPTIONS", "TRACE",
           "CONNECT", "", " ", "G E T", 0, 1, 2, 3, 4, 5, -1, 1.0, 1.5, "0", "1", "4", True, None, [], ["GET"], ["POST", "GET"],
           {"a": 1}, "null", "=GET", "ＧＥＴ", "GET\n"]  # fmt: skip

PATHS = ["", "/", "/a b", "/a%20b", "/a+b", "/ä", "/%C3%A4", "/a%2Fb", "/a%2fb", "/a%2Cb", "/a,b", "/a;b=c", "/a|b", "/a\\b", "/a^b",
         "/a`b", "/{a}", "/<a>", "/a\"b", "/[a]", "/a'b", "/(a)", "/a!b", "/a$b", "/a@b", "/a:b", "/a=b", "/a&b", "/a*b", "/~a", "/a%7Eb",
         "/a%25b", "/a%3Fb", "/a%23b", "/a//b", "//a", "/./a", "/../a", "/a/../b", "/a/./b", "/a/..", "/a/", "/%", "/%zz", "/a%2",
         "/😀", "/a%F0%9F%98%80", "/a%FF", "/a\tb", "/a%0Ab", "/x ", " ", "/a%2B", "/.", "/a%5Cb", "/a%00b", "/ü/%C3%BC"]  # fmt: skip
QUERIES = ["?", "?a", "?a=", "?=b", "?a=b", "?a=b&", "?&a=b", "?a=1&b=2&a=3", "?a=1&a=1", "?a&a=1", "?a=b c", "?a=b+c", "?a=b%20c",
           "?a=b%2Bc", "?a=ä", "?a=%C3%A4", "?a=%E4", "?a=b=c", "?a==b", "?a=b?c", "?a=/b", "?a=%2Fb", "?a=b%26c", "?a=b%3Dc", "?a=[1]",
           "?a[]=1&a[]=2", "?a[b]=1", "?a={b}", "?a=\"b\"", "?a='b'", "?a=b|c", "?a=b\\c", "?a=b^c", "?a=b;c", "?a=b,c", "?a=b%2Cc", "?a=b@c",
           "?a=b:c", "?a=b!c", "?a=b*c", "?a=b(c)", "?a=b$c", "?a=b~c", "?a=<b>", "?a=b`c", "?ä=1", "?a b=1", "?a=%", "?a=%zz", "?a=100%25",
           "?a=😀", "?a=b#c", "#a", "?a=#", "?a=b#c?d", "?$filter=name eq 'x'", "?a.b=1", "?a-b_c=1", "?a=\t", "?a=%0A", "?a=%00", "?a=&b=",
           "?a=1&&b=2", "?a=b&amp;c=d"]  # fmt: skip
URLS: dict[str, Any] = {
    "capital-scheme": "Http://${TARGET_HOST}${PREFIX}/x", "ftp": "ftp://${TARGET_HOST}/x", "no-scheme": "${TARGET_HOST}${PREFIX}/x",
    "no-slashes": "http:${TARGET_HOST}/x", "scheme-only": "http://", "scheme-slash": "http:///x", "padded": " ${TARGET}/x",
    "trailing": "${TARGET}/x ", "trailing-line": "${TARGET}/x\n", "tab": "\t${TARGET}/x", "localhost": "http://localhost:${TARGET_PORT}${PREFIX}/x",
    "capital-host": "http://LOCALHOST:${TARGET_PORT}${PREFIX}/x", "host-dot": "http://localhost.:${TARGET_PORT}${PREFIX}/x",
    "short-ip": "http://127.1:${TARGET_PORT}${PREFIX}/x", "unknown-host": "http://nothing.invalid/x", "empty-port": "http://127.0.0.1:/x",
    "port-text": "http://127.0.0.1:abc/x", "port-zero": "http://127.0.0.1:0/x", "port-large": "http://127.0.0.1:70000/x",
    "port-negative": "http://127.0.0.1:-1/x", "underscore": "http://a_b.invalid/x", "blank-host": "http://a b/x", "pipe-host": "http://a|b/x",
    "percent-host": "http://a%20b/x", "unicode-host": "http://bücher.invalid/x", "ip6-bad": "http://[::1/x", "query-host": "http://?a=b",
    "fragment-host": "http://#a", "braces": "{{x}}", "secrets-word": "secretsx", "secrets": "secrets", "feel": "=1", "equals-only": "=",
    "backslash": "http:\\\\${TARGET_HOST}\\x", "two-schemes": "http://http://${TARGET_HOST}/x", "closed": "${CLOSED}/x",
    "no-path-query": "http://${TARGET_HOST}?a=b", "userinfo-at": "http://a@b@c/x", "dots": "http://.../x", "dash": "http://-a-.invalid/x",
}  # fmt: skip

CONTENT_TYPES = ["application/json", "application/json; charset=ISO-8859-1", "application/json;charset=utf-16", "APPLICATION/JSON", "text/plain",
                 "text/plain; charset=iso-8859-1", "text/plain; charset=US-ASCII", "text/plain; charset=windows-1252", "text/plain; charset=\"utf-8\"",
                 "text/plain; charset=utf-16", "text/plain; charset=", "text/xml", "application/xml; charset=UTF-8", "application/octet-stream",
                 "application/vnd.api+json", "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=ISO-8859-1",
                 "Application/X-WWW-Form-Urlencoded", "multipart/form-data", "multipart/form-data; boundary=abc", "Multipart/Form-Data",
                 "multipart/form-data; charset=utf-8", "multipart/mixed", "json", "", " ", "text", "a/b/c", "text/plain;", "application/pdf"]  # fmt: skip
SENT_BODIES: dict[str, Any] = {
    "text": "grüße €", "json-text": '{"a": "ä"}', "map": {"a": "ä€", "b": 1, "c": None}, "list": [1, "ä"], "number": 12.5, "true": True,
}  # fmt: skip

DOCUMENT = {"camunda.document.type": "camunda", "storeId": "replay", "documentId": "doc-1", "contentHash": "h",
            "metadata": {"contentType": "text/plain", "fileName": "ä b.txt", "size": 6}}  # fmt: skip
DOCUMENTS = [{"documentId": "doc-1", "text": "grüße\n", "metadata": {"contentType": "text/plain", "fileName": "ä b.txt"}},
             {"documentId": "doc-2", "base64": base64.b64encode(bytes(range(256))).decode(), "metadata": {"contentType": "image/png"}},
             {"documentId": "doc-3", "text": '{"a": {"b": [1, 2]}}', "metadata": {"contentType": "application/json", "fileName": "x.json"}}]  # fmt: skip

DURATIONS = ["PT30S", "pt30s", "PT0.5S", "PT.5S", "PT1.S", "PT1,5S", "P1D", "P1DT1H", "P1DT", "P", "PT", "PT5", "5", "5S", "T5S", "PT5s", "-PT5S", "PT-5S",
             "+PT5S", "PT+5S", "--PT5S", "P1W", "P1Y", "P1M", "P1Y2M", "P1D1S", "PT1H30M10S", "PT1M1H", "PT1H1H", "PT0S", "P0D", "PT0.0001S",
             "PT0.9999S", "PT1.123456789S", "PT1.1234567891S", "PT1.5M", "PT1e1S", "PT 5S", " PT5S", "PT5S ", "PT5S\n", "", " ", "null", "=PT5S",
             "=duration(\"PT5S\")", "30", "PT24H", "P-1D", "P1DT-24H", "PT2147483648S", "P30000D", "PT００５S", "PT٥S", "5 seconds", "30s", "PT1H-30M",
             "R3/PT5S", "2024-01-01", "PT5S;"]  # fmt: skip

AUTHENTICATIONS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "basic": ({"username": "u", "password": "p"}, ["username", "password"]),
    "bearer": ({"token": "t"}, ["token"]),
    "apiKey": ({"apiKeyLocation": "headers", "name": "X-Key", "value": "k"}, ["apiKeyLocation", "name", "value"]),
    "oauth-client-credentials-flow": (
        {"oauthTokenEndpoint": "${TARGET}/token", "clientId": "i", "clientSecret": "s", "audience": "a", "scopes": "b c",
         "clientAuthentication": "basicAuthHeader"},
        ["oauthTokenEndpoint", "clientId", "clientSecret", "audience", "scopes", "clientAuthentication"],
    ),
}  # fmt: skip
AUTHENTICATION_VALUES = ["absent", "null", "empty", "blank", "unicode", "number", "true", "list-one", "list-two", "object", "padded", "lines", "null-text",
                         "ampersand"]  # fmt: skip
TYPES: list[Any] = [
    "noAuth",
    "NOAUTH",
    "Basic",
    " basic",
    "",
    " ",
    "none",
    "bearer ",
    "apikey",
    "oauth",
    None,
    1,
    True,
    [],
    ["noAuth"],
    {},
    "null",
]
LOCATIONS = ["headers", "HEADERS", "Headers", " headers ", "query", "Query", "QUERY", "body", "", "header", 0, 1, 2]

TOKENS: dict[str, dict[str, Any]] = {
    "plain": {"body": '{"access_token": "T"}'}, "created": {"status": 201, "body": '{"access_token": "T"}'},
    "text-type": {"body": '{"access_token": "T"}', "headers": [["Content-Type", "text/plain"]]},
    "no-type": {"body": '{"access_token": "T"}', "headers": []}, "unicode": {"body": '{"access_token": "tö"}'},
    "empty": {"body": '{"access_token": ""}'}, "blank": {"body": '{"access_token": "  "}'}, "padded": {"body": '{"access_token": " T "}'},
    "deep": {"body": '{"a": {"b": {"access_token": "T"}}}'}, "in-list": {"body": '[{"access_token": "T"}]'},
    "in-inner-list": {"body": '{"a": [{"access_token": "T"}]}'}, "two": {"body": '{"a": {"access_token": "A"}, "access_token": "B"}'},
    "number": {"body": '{"access_token": 12}'}, "true": {"body": '{"access_token": true}'}, "object": {"body": '{"access_token": {"a": 1}}'},
    "quoted": {"body": '{"access_token": "a\\"b"}'}, "camel": {"body": '{"accessToken": "T"}'}, "expires-text": {"body": '{"access_token": "T", "expires_in": "60"}'},
    "expires-negative": {"body": '{"access_token": "T", "expires_in": -1}'}, "mac": {"body": '{"access_token": "T", "token_type": "mac"}'},
    "lines": {"body": '{"access_token": "a\\nb"}'}, "400-error": {"status": 400, "body": '{"error": "invalid_scope", "error_description": "no"}'},
    "401-text": {"status": 401, "body": "no", "headers": [["Content-Type", "text/plain"]]}, "401-empty": {"status": 401, "body": ""},
    "418-reason": {"status": 418, "reason": "Pot", "body": "{}"}, "500-json": {"status": 500, "body": '{"a": 1}'},
    "error-beside": {"body": '{"access_token": "T", "error": null}'},
}  # fmt: skip

SECRETS = ["{{secrets.REPLAY_TOKEN}}", "{{ secrets.REPLAY_TOKEN }}", "{{secrets.REPLAY_TOKEN }}", "{{  secrets.REPLAY_TOKEN}}", "{{secrets. REPLAY_TOKEN}}",
           "{{\tsecrets.REPLAY_TOKEN}}", "secrets.REPLAY_TOKEN", "a secrets.REPLAY_TOKEN b", "(secrets.REPLAY_TOKEN)", "secrets.REPLAY_TOKEN,secrets.REPLAY_USER",
           "secrets.REPLAY_TOKEN-x", "secrets.REPLAY_TOKEN_", "secrets.REPLAY_TOKEN/", "secrets.REPLAY_TOKEN..", "secrets._REPLAY_TOKEN", "secrets..REPLAY_TOKEN",
           "secrets.", "secrets", "{{secrets.}}", "{{secrets}}", "{{secret.REPLAY_TOKEN}}", "{{SECRETS.REPLAY_TOKEN}}", "{{secrets.replay_token}}",
           "{{secrets.Replay-Token}}", "{{secrets.REPLAY-TOKEN}}", "{{secrets.REPLAY TOKEN}}", "{{secrets.REPLAY_TOKEN}", "{secrets.REPLAY_TOKEN}}",
           "{{{secrets.REPLAY_TOKEN}}}", "{{{{secrets.REPLAY_TOKEN}}}}", "{{secrets.REPLAY_TOKEN}}}}", "{{x}} {{secrets.REPLAY_TOKEN}}", "{{secrets.REPLAY_TOKEN|x}}",
           "{{secrets.NOPE}}", "secrets.NOPE", "secrets.NOPE.NOPE", "{{secrets.REPLAY_SPECIAL}}", "secrets.REPLAY_SPECIAL", "{{secrets.REPLAY_PASSWORD}}",
           "{{secrets.REPLAY_NUMBER}}", "{{secrets.REPLAY_JSON}}", "{{secrets.REPLAY_DOLLAR}}", "secrets.REPLAY_DOLLAR", "{{secrets.REPLAY_SHORT}}",
           "{{secrets.REPLAY_NESTED}}", "secrets.REPLAY_NESTED", "ésecrets.REPLAY_TOKEN", "secrets.REPLAY_TOKENé", "secrets.REPLAY_TOKEN\nsecrets.REPLAY_USER",
           "{{secrets.REPLAY_TOKEN}}{{secrets.NOPE}}", "Bearer {{secrets.REPLAY_TOKEN}}", "{{camunda.secrets.REPLAY_TOKEN}}", "camunda.secrets.REPLAY_TOKEN"]  # fmt: skip

INTRINSIC: dict[str, Any] = {
    "base64-text": ("base64", ["grüße"]), "base64-document": ("base64", [DOCUMENT]), "base64-number": ("base64", [12]), "base64-null": ("base64", [None]),
    "base64-none": ("base64", []), "base64-two": ("base64", ["a", "b"]), "base64-object": ("base64", [{"a": 1}]), "base64-list": ("base64", [["a"]]),
    "get-text": ("getText", [DOCUMENT]), "get-text-charset": ("getText", [DOCUMENT, "ISO-8859-1"]), "get-text-bad-charset": ("getText", [DOCUMENT, "nope"]),
    "get-text-null-charset": ("getText", [DOCUMENT, None]), "get-text-text": ("getText", ["abc"]), "get-text-null": ("getText", [None]),
    "get-json": ("getJson", [{**DOCUMENT, "documentId": "doc-3"}]), "get-json-expression": ("getJson", [{**DOCUMENT, "documentId": "doc-3"}, "a.b[2]"]),
    "get-json-equals": ("getJson", [{**DOCUMENT, "documentId": "doc-3"}, "=a.b"]), "get-json-missing": ("getJson", [{**DOCUMENT, "documentId": "doc-3"}, "z.z"]),
    "get-json-broken": ("getJson", [{**DOCUMENT, "documentId": "doc-3"}, "a.("]), "get-json-text": ("getJson", [DOCUMENT]),
    "link": ("createLink", [DOCUMENT]), "link-duration": ("createLink", [DOCUMENT, "PT1M"]), "link-bad": ("createLink", [DOCUMENT, "soon"]),
    "unknown": ("nothing", ["a"]), "nested": ("base64", [{"camunda.function.type": "base64", "params": ["a"]}]), "no-params": ("base64", ABSENT),
    "params-text": ("base64", "abc"), "params-null": ("base64", None), "name-null": (None, ["a"]), "name-capital": ("BASE64", ["a"]), "missing": ("getText", [{**DOCUMENT, "documentId": "none"}]),
}  # fmt: skip

FILES = [
    {"path": "/f.txt", "status": 200, "headers": [["Content-Type", "text/plain; charset=utf-8"]], "body": "hello"},
    {"path": "/d", "status": 200, "headers": [["Content-Type", "application/pdf"], ["Content-Disposition", 'attachment; filename="a b.pdf"']], "body": "%PDF"},
    {"path": "/n", "status": 200, "headers": [], "body": "plain"},
    {"path": "/gone", "status": 404, "headers": [["Content-Type", "text/plain"]], "body": "no"},
    {"path": "/moved", "status": 302, "headers": [["Location", "${TARGET}/f.txt"]], "body": ""},
]  # fmt: skip
EXTERNAL: dict[str, tuple[str, dict[str, Any]]] = {
    "named": ("f.txt", {"name": "g.txt"}), "plain": ("f.txt", {}), "disposition": ("d", {}), "both": ("d", {"name": "z.pdf"}),
    "no-type": ("n", {}), "gone": ("gone", {}), "moved": ("moved", {}), "no-name": ("f.txt", {"name": ""}),
}  # fmt: skip
