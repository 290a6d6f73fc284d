"""Python's ssl as a peer of luatls. What it is told, a line at a time, and what
it answers stands in spec/interop/program.lua. It checks who it talks to."""

import socket
import ssl
import sys
import threading

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
REQUEST = b"GET / HTTP/1.0\r\n\r\n"
PATIENCE = 60  # seconds


def make_context(role, setup):
    context = ssl.SSLContext(role)
    context.minimum_version = VERSIONS[setup["version"]]
    context.maximum_version = VERSIONS[setup["version"]]
    context.load_verify_locations(setup["trust"])
    if "certificate" in setup:
        context.load_cert_chain(setup["certificate"], setup["key"])
    if "alpn" in setup:
        context.set_alpn_protocols(setup["alpn"].split(","))
    return context


def common_name(certificate):
    if not certificate:
        return "none"
    return dict(pair for part in certificate["subject"] for pair in part)["commonName"]


def tell(stream):
    return "version={} resumed={} alpn={} peer={}".format(
        stream.version().replace("TLSv", ""),
        str(stream.session_reused).lower(),
        stream.selected_alpn_protocol() or "none",
        common_name(stream.getpeercert()),
    )


def read_until(stream, end):
    data = b""
    while not data.endswith(end):
        more = stream.recv(4096)
        if not more:
            break
        data += more
    return data


def answer(context, connection):
    connection.settimeout(PATIENCE)
    try:
        stream = context.wrap_socket(connection, server_side=True)
        read_until(stream, b"\r\n\r\n")
        stream.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + tell(stream).encode() + b"\n")
        stream.unwrap().close()
    except OSError:
        connection.close()


def accept_all(context, listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(context, connection), daemon=True).start()


def serve(setup):
    context = make_context(ssl.PROTOCOL_TLS_SERVER, setup)
    if setup.get("auth") == "required":
        context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=accept_all, args=(context, listener), daemon=True).start()
    return str(listener.getsockname()[1])


def visit(context, port, session):
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        stream = context.wrap_socket(
            connection, server_hostname="localhost", session=session
        )
        stream.sendall(REQUEST)
        if b" 200 " not in read_until(stream, b"there is no such end"):
            raise OSError("there was no answer")
        told, session = tell(stream), stream.session
        stream.unwrap()
        return told, session


def connect(setup):
    context = make_context(ssl.PROTOCOL_TLS_CLIENT, setup)
    session, told = None, []
    for _ in range(int(setup["times"])):
        line, session = visit(context, int(setup["port"]), session)
        told.append(line)
    return "; ".join(told)


def obey(line):
    number, verb, *words = line.split()
    setup = dict(word.split("=", 1) for word in words)
    try:
        said = (serve if verb == "serve" else connect)(setup)
    except OSError as problem:
        said = "failed: " + str(problem)
    print("reply {}: {}".format(number, said), flush=True)


for order in sys.stdin:
    obey(order)
