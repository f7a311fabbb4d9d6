"""What a person may type for each parameter type, and what is sent for it."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runs.parameters import ParametersForm, clean, read


def define(kind: str, default: Any = None, key: str = "x", **more: Any) -> list[dict[str, Any]]:
    return [{"key": key, "type": kind, "description": "", "default_value": default, **more}]


def parsed(kind: str, typed: str, default: Any = None) -> Any:
    values, errors = clean(define(kind, default), {"x": typed})
    assert not errors
    return values["x"]


def refusal(kind: str, typed: str | None, default: Any = None) -> str:
    values, errors = clean(define(kind, default), {"x": typed})
    assert values == {}
    return errors["x"]


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("string", " as it is \n", " as it is \n"),
        ("string", "line\r\nline", "line\nline"),
        ("string", "", ""),
        ("integer", " 7 ", 7),
        ("integer", "-0042", -42),
        ("integer", "9223372036854775807", 2**63 - 1),
        ("float", "3", 3.0),
        ("float", " -.5e-3 ", -0.0005),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("json", '{"a": [1, null]}', {"a": [1, None]}),
        ("json", "[]", []),
        ("file_url", " https://files.example:8443/a.csv ", "https://files.example:8443/a.csv"),
        ("credential_id", " cred_1 ", "cred_1"),
        ("colour", "teal", "teal"),
    ],
)
def test_a_value_is_sent_with_its_json_type(kind: str, typed: str, value: Any) -> None:
    assert parsed(kind, typed) == value
    assert type(parsed(kind, typed)) is type(value)


@pytest.mark.parametrize("typed", ["5", "true", '"text"', "-1.5"])
def test_json_that_is_no_object_or_list_goes_as_text_because_upstream_parses_only_text(
    typed: str,
) -> None:
    assert parsed("json", f" {typed}\n") == typed


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        *[
            ("integer", text)
            for text in ("1.9", "1e3", "", "0x1f", "1_000", "٣", "7 8", "+", "NaN")
        ],
        ("integer", "9223372036854775808"),
        ("integer", "9" * 5000),
        *[("float", text) for text in ("nan", "inf", "-Infinity", "1e999", "1,5", ".", "٣.٣", "")],
        *[("boolean", text) for text in ("yes", "1", "True", "TRUE", "")],
        *[("json", text) for text in ("{bad", "NaN", "[Infinity]", "[1e999]", "null", "", "{}x")],
        ("json", "[" * 50_000),
        ("json", "[" * 200 + "]" * 200),
        ("json", '{"a": "\\u0000"}'),
        ("json", '["\\ud800"]'),
        ("json", "[123456789012345678901234567890]"),
        *[
            ("file_url", url)
            for url in ("ftp://h/x", "file:///etc/passwd", "//h/x", "h/x", "https://")
        ],
        *[("file_url", url) for url in ("https://h/a b", "http://[::1", "javascript:alert(1)", "")],
        ("file_url", "https://h/" + "x" * 2083),
        *[("credential_id", text) for text in ("cred 1", "crëd")],
        ("string", "nul\0"),
    ],
)
def test_what_is_not_of_the_type_is_refused_with_a_sentence(kind: str, typed: str) -> None:
    assert refusal(kind, typed).endswith(".")


def test_a_json_error_names_line_and_column() -> None:
    assert "line 2, column 3" in refusal("json", "{\n  bad}")


@pytest.mark.parametrize(
    "kind", ["string", "integer", "float", "boolean", "json", "file_url", "odd"]
)
def test_no_default_means_required(kind: str) -> None:
    assert refusal(kind, None) == "Give a value."


def test_a_credential_without_a_default_is_optional() -> None:
    assert clean(define("credential_id"), {}) == ({}, {})
    assert clean(define("credential_id"), {"x": " "}) == ({}, {})


def test_not_given_leaves_the_default_to_upstream_but_an_empty_text_is_sent() -> None:
    assert clean(define("string", "hello"), {}) == ({}, {})
    assert clean(define("string", "hello"), {"x": ""}) == ({"x": ""}, {})
    assert clean(define("integer", 42), {"x": " "}) == ({}, {})


@pytest.mark.parametrize(
    ("kind", "default", "sent"),
    [
        ("string", "a\r\nb", "a\nb"),
        ("integer", 42, 42),
        ("integer", "42", 42),
        ("integer", 1.9, 1.9),
        ("boolean", "True", True),
        ("boolean", 0, False),
        ("json", {"a": 1}, {"a": 1}),
        ("json", '{"a": 1}', {"a": 1}),
        ("json", "plain", '"plain"'),
        ("file_url", {"s3uri": "s3://b/k"}, {"s3uri": "s3://b/k"}),
        ("file_url", "s3://b/k", "s3://b/k"),
    ],
)
def test_an_untouched_default_is_sent_as_shown(kind: str, default: Any, sent: Any) -> None:
    form = ParametersForm(define(kind, default))
    again = ParametersForm(define(kind, default), {"p0": form["p0"].value()})
    assert again.is_valid()
    assert again.values() == {"x": sent}


def test_odd_definitions_are_left_out_and_the_first_of_a_key_counts() -> None:
    found = read(["text", None, {"type": "string"}, *define("integer"), *define("string")])
    assert [(parameter.key, parameter.type) for parameter in found] == [("x", "integer")]
    assert read(None) == []
    assert read({"key": "x"}) == []


ODD = (
    st.none()
    | st.text()
    | st.floats()
    | st.lists(st.text())
    | st.dictionaries(st.text(), st.none())
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(), st.text(), ODD)
def test_no_key_type_or_default_breaks_the_form(key: str, kind: str, default: Any) -> None:
    form = ParametersForm(define(kind, default, key))
    assert bool(form.as_div()) == bool(key)
    assert ParametersForm(define(kind, default, key), {}).errors is not None


def test_hostile_names_are_shown_escaped_and_never_name_a_field() -> None:
    key = '"><script>alert(1)</script>'
    form = ParametersForm(define("string", key=key, description=key))
    html = form.as_div()
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") >= 2
    assert list(form.parameters) == ["p0"]


def test_a_blank_required_text_asks_whether_that_is_meant() -> None:
    form = ParametersForm(define("string"), {"p0": ""})
    assert form.errors["p0"] == ["Give a value."]
    assert "p0-empty" in form.fields
    meant = ParametersForm(define("string"), {"p0": "", "p0-empty": "on"})
    assert meant.is_valid()
    assert meant.values() == {"x": ""}


def test_a_value_follows_its_key_when_the_agent_changes_while_the_form_is_open() -> None:
    before = define("string", key="a") + define("string", key="b")
    after = define("string", key="new", default="") + define("string", key="b")
    keys = ParametersForm(before)["p-keys"].value()
    form = ParametersForm(after, {"p0": "for a", "p1": "for b", "p-keys": keys})
    assert "changed while this form was open" in str(form.non_field_errors())
    assert form["p1"].value() == "for b"
    assert "for a" not in form.as_div()
    again = ParametersForm(after, {name: form[name].value() for name in ("p0", "p1", "p-keys")})
    assert again.is_valid(), again.errors
    assert again.values()["b"] == "for b"


@pytest.mark.parametrize("keys", ["", "{", "null", "5", '{"a": 1}', "[[1]]", "[" * 9000])
def test_a_broken_list_of_keys_is_no_error_page(keys: str) -> None:
    assert ParametersForm(define("string"), {"p0": "v", "p-keys": keys}).errors is not None


def test_credentials_are_offered_by_name_and_an_unlisted_one_is_kept() -> None:
    listed = [("cred_1", "Portal"), ("cred_2", "")]
    html = ParametersForm(define("credential_id", "cred_9"), credentials=listed).as_div()
    assert '<option value="cred_1" label="Portal">' in html
    assert '<option value="cred_2">' in html
    assert 'value="cred_9"' in html
    assert "datalist" not in ParametersForm(define("credential_id")).as_div()


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("Portal", "cred_1"),
        (" Portal ", "cred_1"),
        ("cred_1", "cred_1"),
        ("Twice", None),
        ("cred_9", "cred_9"),
    ],
)
def test_a_name_that_is_typed_out_is_the_credential_it_names(typed: str, sent: str | None) -> None:
    listed = [("cred_1", "Portal"), ("Twice", ""), ("cred_3", "Twice"), ("cred_4", "Twice")]
    form = ParametersForm(define("credential_id"), {"p0": typed}, credentials=listed)
    assert form.is_valid()
    assert form.values() == {"x": sent or "Twice"}


@pytest.mark.parametrize(
    "url", ["s3://bucket", "s3://b/a\nb", "ftp://x/y", "s3://", "javascript:x"]
)
def test_what_is_no_address_of_a_file_is_refused(url: str) -> None:
    assert refusal("file_url", url)


def test_a_file_that_skyvern_keeps_is_an_address() -> None:
    assert (
        read(define("file_url"))[0].parse(" s3://bucket/o_1/a b.csv ") == "s3://bucket/o_1/a b.csv"
    )


def test_an_empty_text_that_was_meant_stays_meant() -> None:
    form = ParametersForm(define("string"), initial={"x": ""})
    assert form["p0-empty"].value() is True


def test_what_was_typed_is_shown_as_it_was_typed_under_the_keys_of_today() -> None:
    before = define("json", key="a") + define("integer", key="b")
    after = define("integer", key="b") + define("json", key="c")
    keys = ParametersForm(before)["p-keys"].value()
    form = ParametersForm(after, typed={"p0": "{half", "p1": "1.", "p-keys": keys})
    assert (form["p0"].value(), form["p1"].value(), form.moved) == ("1.", "", True)
    assert ParametersForm(before, typed={"p0": "{half"})["p0"].value() == "{half"


def test_initial_values_go_by_key_and_show_as_they_would_be_typed() -> None:
    form = ParametersForm(define("json", {"a": 1}), initial={"x": [1, "é"], "gone": 1})
    assert json.loads(form["p0"].value()) == [1, "é"]
    assert "é" in form["p0"].value()
