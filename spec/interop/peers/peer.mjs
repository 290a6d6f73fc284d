// Node's tls as a peer of luatls. What it is told, a line at a time, and what it
// answers stands in spec/interop/program.lua. It checks who it talks to.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import tls from "node:tls";

const REQUEST = "GET / HTTP/1.0\r\n\r\n";

function options(setup) {
  const result = {
    minVersion: "TLSv" + setup.version,
    maxVersion: "TLSv" + setup.version,
    ca: readFileSync(setup.trust),
  };
  if (setup.certificate) {
    result.cert = readFileSync(setup.certificate);
    result.key = readFileSync(setup.key);
  }
  if (setup.alpn) result.ALPNProtocols = setup.alpn.split(",");
  return result;
}

// With a resumed session Node does not tell the peer's certificate.
function tell(socket) {
  const words = [
    "version=" + socket.getProtocol().replace("TLSv", ""),
    "resumed=" + socket.isSessionReused(),
    "alpn=" + (socket.alpnProtocol || "none"),
  ];
  if (!socket.isSessionReused())
    words.push("peer=" + (socket.getPeerCertificate().subject?.CN ?? "none"));
  return words.join(" ");
}

function answer(socket) {
  let request = "";
  socket.on("error", () => socket.destroy());
  socket.on("data", (data) => {
    request += data;
    if (!request.endsWith("\r\n\r\n")) return;
    socket.end("HTTP/1.0 200 OK\r\n\r\n" + tell(socket) + "\n");
  });
}

function serve(setup) {
  const required = setup.auth === "required";
  const server = tls.createServer(
    { ...options(setup), requestCert: required, rejectUnauthorized: required },
    answer,
  );
  server.on("tlsClientError", () => {});
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });
}

function visit(setup, session) {
  return new Promise((resolve, reject) => {
    let text = "", told, saved;
    const socket = tls.connect({
      ...options(setup),
      host: "127.0.0.1",
      port: setup.port,
      servername: "localhost",
      session,
    });
    socket.on("session", (data) => (saved = data));
    socket.on("error", reject);
    socket.on("secureConnect", () => {
      told = tell(socket);
      socket.write(REQUEST);
    });
    socket.on("data", (data) => (text += data));
    socket.on("close", () => {
      if (text.includes(" 200 ")) resolve({ told, session: saved ?? session });
      else reject(new Error("there was no answer"));
    });
  });
}

async function connect(setup) {
  const all = [];
  let session;
  for (let i = 0; i < Number(setup.times); i++) {
    const visited = await visit(setup, session);
    session = visited.session;
    all.push(visited.told);
  }
  return all.join("; ");
}

for await (const line of createInterface({ input: process.stdin })) {
  const [number, verb, ...words] = line.split(" ");
  const setup = Object.fromEntries(
    words.map((word) => [word.split("=", 1)[0], word.slice(word.indexOf("=") + 1)]),
  );
  const said = await (verb === "serve" ? serve : connect)(setup).catch(
    (problem) => "failed: " + problem.message.replaceAll("\n", " "),
  );
  console.log(`reply ${number}: ${said}`);
}
