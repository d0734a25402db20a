"""The differences between the two runtimes that are meant, or that do not matter, each with its reason.

`docs/compatibility.md` says the same in prose. A difference that no line covers fails the test, and so does a line that
covers none.
"""

import re
from dataclasses import dataclass, field


@dataclass
class Known:
    """A reason, the jobs it is about (a pattern of `theme: label`) and where they differ (a pattern of the path)."""

    why: str
    jobs: str
    path: str = ".*"
    seen: int = field(default=0, compare=False)

    def covers(self, job: str, path: str) -> bool:
        """Tell whether this is the reason of a difference."""
        found = bool(re.fullmatch(self.jobs, job, re.DOTALL) and re.fullmatch(self.path, path))
        self.seen += found
        return found


MEMBERS = r"(requests\.length|command\..*)"
BODY = r"requests\.0\.body\..*"
CONTENT_TYPE = r"requests\.[01]\.headers\.content-type"

KNOWN = [
    # What 8.10 does differently from 8.8.7.
    Known("a broken result expression is never retried", "result: .*", r"command\.(retries|variables\.error\.type)"),
    Known("8.10 refuses a list of one object", r"result: =(\[\{\}\]|for .*|get entries.*|function.*)", r"command\..*"),
    Known(
        "8.10 keeps the variables of jobError",
        r"(error|result).*: .*jobError.*",
        r"command\.variables\.(variables\.)?(a|id|code)",
    ),
    Known("8.10 takes jobError with defaults", r"error.*: =jobError\((errorMessage|retries): .*", r"command\..*"),
    Known(
        "Java ends in a NullPointerException",
        r"error.*: (=\[null\]|=\{errorType: .*)",
        r"command\.variables\.error\.type",
    ),
    Known(
        "8.10: an empty body of an error is an empty text, a blank one a blank text",
        r"(answer-status|answer-error|oauth-answer): .*",
        r"command\.variables\.error\.variables\.response\.body",
    ),
    Known(
        "8.10: a header that comes once is a text, one that is repeated a list",
        r"answer.*: .*(cookie|json-twice).*",
        r"command\..*\.headers\..*",
    ),
    Known(
        "8.10: what follows a JSON value makes it a text",
        r"answer.*: json-(line-comment|list-trailing)",
        r"command\..*\.body",
    ),
    Known("8.10: no content type without a body", r"(body-whole|input-method|intrinsic-whole): .*", CONTENT_TYPE),
    Known("8.10: null removes the content type", r"header-(known|content-type): .*(null|None)", r".*"),
    Known(
        "8.10: an impossible address is the model's error; 8.8.7 prints the request into the code",
        r"url-(form|skip.*): .*",
        r"command\..*",
    ),
    Known(
        "8.10: an address that cannot be decoded is sent as it is",
        r"(url-.*|secret-path): .*%.*|secret-path: .*PASSWORD.*",
        MEMBERS,
    ),
    Known(
        "8.10: an unknown client authentication is the model's error",
        "auth-oauth.*: clientAuthentication .*",
        r"command\..*",
    ),
    Known("8.10: a token answer without access_token fails", "oauth-answer: camel .*", MEMBERS),
    Known(
        "8.10: what is not HTTP has the code 500, and is not asked for again",
        "answer-raw: .*",
        r"(requests\.length|command\.variables\.error\.code)",
    ),
    # Better for a model or an operator.
    Known("no secret in error variables", "secret-failed: .*", r"command\.variables\.error\..*"),
    Known("no request in the error code", "(document|intrinsic).*: .*", r"command\.variables\.error\.code"),
    Known("documents are base64 everywhere, in Java only in maps of JSON", "document: .*", BODY),
    Known("a document without a name is a file of a part all the same", "document: .*multipart.*", MEMBERS),
    Known(
        "a document that cannot be read fails, in Java only where it is read",
        "document: (no-id|gone) .*urlencoded",
        MEMBERS,
    ),
    Known(
        "nulls and empty names are left out of parts, in Java they end in a NullPointerException",
        "body-(name|member): multipart/form-data (empty|blank|list-null)",
        MEMBERS,
    ),
    Known("names of parts may have capitals in the content type", "body-type: Multipart.*", BODY),
    Known("a token is found in lists as well", "oauth-answer: in-list .*", r"requests\.1\.headers\.authorization"),
    Known("an external document of an unknown type is a file all the same", "external: no-type .*", MEMBERS),
    Known(
        "redirects of external documents are followed, in Java their empty answer is the document",
        "external: moved .*",
        MEMBERS,
    ),
    Known(
        "an external document that is not there has no response in the error, and its part is asked for once",
        "external: gone .*",
        MEMBERS,
    ),
    Known(
        "file names of external documents are new where none is given",
        "external: (plain|no-name) .*",
        r"requests\.1\.body\.multipart\.0\.filename",
    ),
    # Trifles: a model that means one of these does not work there either.
    Known("a blank at the end of an address is not sent, with skipEncoding either", "url-skip-path: .* ", MEMBERS),
    Known("a name that is none of a header is refused", r"(header-name|auth-apiKey): .*", MEMBERS),
    Known("a control character in a header is refused", r"header-(value|content-type): control", MEMBERS),
    Known("two spellings of a header: the last counts", "header-twice: .*", r"requests\.0\.headers\..*"),
    Known(
        "what ISO-8859-1 lacks becomes one question mark, in Java two beyond 16 bits",
        ".*: .*(unicode|surrogate)",
        r"requests\.0\.headers\..*",
    ),
    Known("bytes that are not UTF-8 stay as they are in a path", "url-path: /a%FF", r"requests\.0\.(path|target)"),
    Known("a tab in an address is encoded, in Java dropped", r"url-(query|added): \?a=\t", r"requests\.0\..*"),
    Known(
        "beyond ASCII an address is encoded, skipEncoding or not", r"url-skip.*: .*[^\x00-\x7f].*", r"requests\.0\..*"
    ),
    Known("a question mark with nothing behind is not sent", r"url-skip: \?", r"requests\.0\.target"),
    Known("an address with two numbers is none", "url-form: short-ip", MEMBERS),
    Known("a list of null is null", "input-authentication: list-null", MEMBERS),
    Known("the kind of an object that is no token", "oauth-answer: object .*", r"requests\.1\.headers\.authorization"),
    Known(
        "a number beyond all bounds is null, in Java the text Infinity", "answer.*: json-decimals", r"command\..*\.f"
    ),
    Known("a blank that does not break is a blank", "answer: json-nbsp", r"command\.variables\.result\.body"),
    Known("without a content type the cluster's store says what it thinks", "answer-stored: type-", r"command\..*"),
    Known(
        "a broken chunk has no variables; one that is cut off is a lost connection",
        "answer-raw: chunk-.*",
        r"command\.variables\.error\..*",
    ),
    Known("headers are UTF-8 where they can be", "answer-raw: header-utf8", r"command\..*"),
    Known(
        "an answer with content behind its end, or with two lengths, is not HTTP",
        "answer-raw: (long-body|204-body|length-and-chunked)",
        r"command\..*",
    ),
    Known("a 101 is a result", "answer-raw: 101", r"command\..*"),
    Known("brotli is asked for by nobody, and stays packed", "answer-packed: br .*", r"command\..*"),
    Known("a function is null", r"error.*: =function\(\) 1", r"command\..*"),
    Known("references are left as the expression writes them", r"result: .*camunda\.document\.type.*", r"command\..*"),
    Known("base64 takes numbers", "intrinsic-.*: base64-number", MEMBERS),
    Known(
        "numbers and nulls of getJson may be headers and parameters", "intrinsic-(header|query): get-json-.*", MEMBERS
    ),
    Known(
        "ISO-8859-1 has the characters from 128 to 159",
        "intrinsic-header: get-text-charset",
        r"requests\.0\.headers\.x-a",
    ),
    Known(
        "texts of parts are UTF-8, and the header does not say otherwise",
        ".*",
        CONTENT_TYPE + r"|requests\.0\.body\.(text|multipart)",
    ),
]
