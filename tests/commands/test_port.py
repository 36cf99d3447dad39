"""A port that somebody listens at already is not shared with a server that was forgotten."""

import socket

import pytest

from goldenthread.commands import serve


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_taken_port_is_refused_before_anything_starts(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = other.getsockname()[1]
        assert serve.run(["--host", host, "--port", str(port)]) == 2
    assert f"Port {port} is taken" in capsys.readouterr().err
    assert not serve.answers(host, port)
