"""What servers answer: the part of `varied_jobs` that is about responses."""

from typing import Any

STATUSES = (200, 201, 202, 204, 206, 300, 301, 302, 304, 307, 400, 401, 404, 410, 422, 451, 500, 501, 504, 600, 999)
BODIES: dict[str, dict[str, Any]] = {
    "object": {"body": '{"a": 1}'}, "list": {"body": "[1, 2]"}, "text": {"body": "oops"}, "empty": {"body": ""},
}  # fmt: skip

TEXTS: dict[str, str] = {
    "null": "null", "true": "true", "number": "12", "fraction": "1.50", "text": '"quoted"', "empty-text": '""', "object": '{"a": {"b": [1, null, "x"]}}',
    "empty-object": "{}", "empty-list": "[]", "list-of-one": '[{"a": 1}]', "list-of-two": '[{"a": 1}, {"a": 2}]', "list-of-one-number": "[5]",
    "blank": "   ", "line": "\n", "padded": '  {"a": 1}\n\n', "large-number": '{"a": 12345678901234567890, "b": 9223372036854775808, "c": -9223372036854775808}',
    "decimals": '{"a": 1.0, "b": 1e2, "c": 1E-7, "d": 0.1, "e": 123456789.123456789, "f": 1e400, "g": -0.0, "h": 1e20, "i": 100.00}',
    "deep": '{"a":' * 60 + "1" + "}" * 60, "duplicate": '{"a": 1, "b": 2, "a": 3}', "nan": '{"a": NaN}', "infinity": '{"a": Infinity}', "comment": '{"a": 1 /* c */}',
    "line-comment": '{"a": 1} // c', "trailing-comma": '{"a": 1,}', "single-quotes": "{'a': 1}", "bare-key": "{a: 1}", "open": '{"a": 1', "open-list": "[1, 2",
    "leading-zero": '{"a": 01}', "plus": '{"a": +1}', "escape": r'{"a": "\u00e4\ud83d\ude00\n\/"}', "bad-escape": r'{"a": "\x"}',
    "raw-tab": '{"a": "x\ty"}', "raw-line": '{"a": "x\ny"}', "control": '{"a": "\\u0000\\u0001"}', "unicode-key": '{"ä": "ö", "": 1, "a b": 2, "a.b": 3}', "xml": "<a>1</a>",
    "html": "<!doctype html><p>x</p>", "csv": "a;b\n1;2", "yaml": "a: 1", "unicode": "grüße 😀", "function": '{"camunda.function.type": "base64", "params": ["x"]}',
    "document": '{"camunda.document.type": "camunda", "storeId": "replay", "documentId": "d"}', "response": '{"response": 1, "status": "s", "error": {"code": "x"}}',
    "secret": '{"a": "{{secrets.REPLAY_TOKEN}}", "b": "secrets.REPLAY_USER"}', "bracket-text": "[hello", "brace-text": "{hello}", "bom": "\ufeff{\"a\": 1}",
    "bracket-words": "[info] all good", "list-trailing": "[1] x", "form": "a=1&b=2", "sse": 'data: {"a": 1}\n\n', "nbsp": "\u00a0", "date": '{"d": "2024-02-29T10:00:00Z"}',
}  # fmt: skip

ANSWERS: dict[str, dict[str, Any]] = {
    **{f"json-{name}": {"headers": [["Content-Type", "application/json"]], "body": text} for name, text in TEXTS.items()},
    **{f"text-{name}": {"headers": [["Content-Type", "text/plain"]], "body": TEXTS[name]} for name in ("null", "number", "object", "list-of-one", "text", "blank", "unicode", "bom")},
    **{
        f"type-{kind}": {"headers": [["Content-Type", kind]], "body": '{"a": "ä"}'}
        for kind in ("application/json; charset=iso-8859-1", "application/problem+json", "text/html", "image/png", "application/octet-stream", "nonsense", "", "application/json;", "application/x-ndjson")
    },
    "latin": {"headers": [["Content-Type", "text/plain; charset=iso-8859-1"]], "body": "grüße", "charset": "latin-1"},
    "latin-json": {"headers": [["Content-Type", "application/json; charset=iso-8859-1"]], "body": '{"a": "ü"}', "charset": "latin-1"},
    "utf16": {"headers": [["Content-Type", "text/plain; charset=utf-16"]], "body": "grüße", "charset": "utf-16"},
    "utf16-json": {"headers": [["Content-Type", "application/json; charset=utf-16"]], "body": '{"a": 1}', "charset": "utf-16"},
    "utf32-json": {"headers": [["Content-Type", "application/json"]], "body": '{"a": 1}', "charset": "utf-32-be"},
    "binary": {"headers": [["Content-Type", "application/octet-stream"]], "bodyBase64": "AAECA//+gA=="},
    "bad-utf8-json": {"headers": [["Content-Type", "application/json"]], "bodyBase64": "eyJhIjogIv8ifQ=="},
    "cut-utf8": {"headers": [["Content-Type", "text/plain"]], "bodyBase64": "Z3LD"},
    "overlong-utf8": {"headers": [["Content-Type", "text/plain"]], "bodyBase64": "YcCvYg=="},
    "no-headers": {"body": "x"},
    "cookies": {"headers": [["Set-Cookie", "a=1; Path=/"], ["Set-Cookie", "b=2"]], "body": "{}"},
    "cookie": {"headers": [["Set-Cookie", "a=1"]], "body": "{}"},
    "cookie-cases": {"headers": [["set-cookie", "a=1"], ["Set-Cookie", "b=2"], ["SET-COOKIE", "c=3"]], "body": "{}"},
    "cookie-empty": {"headers": [["Set-Cookie", ""]], "body": "{}"},
    "header-values": {"headers": [["X-A", ""], ["X-B", "a, b"], ["X-C", "  padded  "], ["X-D", "q=\"1\""], ["x-lower", "l"], ["X-UPPER", "U"]], "body": "{}"},
    "disposition": {"headers": [["Content-Type", "application/pdf"], ["Content-Disposition", 'attachment; filename="a b.pdf"']], "body": "%PDF"},
    "location": {"headers": [["Location", "/elsewhere"], ["Retry-After", "1"]], "body": "{}"},
    "reason": {"reason": "Very Fine Indeed", "body": "{}"},
    "reason-empty": {"reason": "", "body": "{}"},
    "reason-blank": {"reason": "  ", "body": "{}"},
    "reason-padded": {"reason": " a  b ", "body": "{}"},
    "reason-quotes": {"reason": "it's \"so\" {x}", "body": "{}"},
    "long-value": {"headers": [["X-Long", "v" * 3000]], "body": "{}"},
    "slow": {"headers": [["Content-Type", "application/json"]], "body": "{}", "delayMs": 700},
}  # fmt: skip

RAW: dict[str, str] = {
    "http10": "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello", "http10-length": "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "no-length": "HTTP/1.1 200 OK\r\n\r\nhello", "no-length-error": "HTTP/1.1 500 Bad\r\n\r\nhello", "no-reason": "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi",
    "no-reason-error": "HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nhi", "reason-space": "HTTP/1.1 404 \r\nContent-Length: 2\r\n\r\nhi", "lf-only": "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
    "short-body": "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhi", "short-error": "HTTP/1.1 500 Bad\r\nContent-Length: 20\r\n\r\nhi", "long-body": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhitherto",
    "chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "chunk-extension": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0\r\nX-T: 1\r\n\r\n",
    "chunk-bad": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n", "chunk-cut": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhi",
    "chunk-no-end": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", "continue": "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "early-hints": "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "not-http": "hello there\r\n\r\n", "garbage": "\u0001\u0002\u0003", "empty": "",
    "http2": "HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nhi", "http09": "<html>x</html>", "status-text": "HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\nhi", "status-short": "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nhi",
    "status-long": "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nhi", "header-no-colon": "HTTP/1.1 200 OK\r\nnocolon\r\nContent-Length: 2\r\n\r\nhi", "header-folded": "HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\nContent-Length: 2\r\n\r\nhi",
    "header-space": "HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length: 2\r\n\r\nhi", "header-utf8": "HTTP/1.1 200 OK\r\nX-A: grün\r\nContent-Length: 2\r\n\r\nhi", "length-bad": "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nhi",
    "length-negative": "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhi", "length-twice": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "length-differs": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 1\r\n\r\nhi",
    "length-and-chunked": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "204-body": "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi", "304-length": "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
    "205": "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", "101": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "lower-version": "http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "json-twice": "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
}  # fmt: skip
