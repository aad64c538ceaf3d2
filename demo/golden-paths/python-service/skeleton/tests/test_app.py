"""What callers see."""

import json
import logging

from service import NAME
from service.logs import JsonFormatter


def test_about_says_the_name(client):
    status, about = client.json("/v1/about")
    assert status == 200
    assert about["name"] == NAME


def test_an_unknown_address_is_a_problem_with_a_reason(client):
    status, headers, body = client.request("/v1/nothing")
    assert status == 404
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(body)["detail"]


def test_a_wrong_method_says_the_right_one(client):
    status, problem = client.json("/v1/about", method="DELETE")
    assert status == 405
    assert "GET" in problem["detail"]


def test_a_request_id_is_kept(client):
    _, headers, _ = client.request("/healthz", X_Request_Id="abc-123")
    assert headers["X-Request-Id"] == "abc-123"


def test_a_hostile_request_id_is_replaced(client):
    _, headers, _ = client.request("/healthz", X_Request_Id='"} fake log line')
    assert headers["X-Request-Id"].isalnum()


def test_each_request_is_one_json_line_in_the_log(client, caplog):
    with caplog.at_level(logging.INFO, logger="service"):
        client.request("/healthz", X_Request_Id="abc")
    (record,) = [each for each in caplog.records if each.message == "request"]
    entry = json.loads(JsonFormatter().format(record))
    assert (entry["request_id"], entry["path"], entry["status"]) == ("abc", "/healthz", 200)
