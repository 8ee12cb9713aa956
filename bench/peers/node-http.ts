// The floor: node:http with a fixed answer.
import { createServer } from "node:http";

const body = JSON.stringify({ status: "healthy", version: "0.1.0" });
const headers = { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(body) };

createServer((_request, response) => {
  response.writeHead(200, headers);
  response.end(body);
}).listen(Number(process.argv[2]), "127.0.0.1");
