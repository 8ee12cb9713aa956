/** With node:http2 (nghttp2) on the other side, over loopback, both ways. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import net, { type AddressInfo } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { openConnection } from "./client-connection.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import type { HeaderList, ServerHandler, Stream } from "./handler.ts";
import { encodeStateless } from "./hpack/encoder.ts";
import { serveConnection } from "./server-connection.ts";
import { requestList } from "./testing/raw-frames.ts";
import { Recorder } from "./testing/recorder.ts";

const seed = 9113;

/** Our server, for the time of a test. */
async function serving(handler: ServerHandler, options: ConnectionOptions, use: (url: string) => Promise<void>): Promise<void> {
  const server = net.createServer({ noDelay: true }, (socket) => serveConnection(socket, handler, options));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    await once(server, "close");
  }
}

interface Answer {
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: http2.IncomingHttpHeaders;
}

async function call(session: http2.ClientHttp2Session, headers: http2.OutgoingHttpHeaders, body: Buffer): Promise<Answer> {
  const request = session.request({ ":method": "POST", ":path": "/s/m", ...headers });
  let trailers: http2.IncomingHttpHeaders = {};
  request.on("trailers", (fields) => {
    trailers = fields;
  });
  const head = once(request, "response");
  request.end(body);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [answered] = (await head) as [http2.IncomingHttpHeaders];
  return { headers: answered, body: Buffer.concat(chunks), trailers };
}

/** Sends back what came: the body, and each field whose name begins with `x-`, as head through the table, as trailers without it. */
function echo(recorder: Recorder): (stream: Stream) => void {
  return (stream) => {
    const fields = (recorder.heads.get(stream.id)?.fields ?? []).filter(({ name }) => name.startsWith("x-"));
    const list = fields.flatMap(({ name, value }) => [name, value]);
    const body = recorder.body(stream.id);
    stream.sendHeaderList([":status", "200", ...list], false);
    stream.sendData(body, 0, body.length, false);
    stream.sendTrailers(encodeStateless(list));
  };
}

function echoServer(): Recorder {
  const recorder: Recorder = new Recorder({ ended: (stream) => echo(recorder)(stream) });
  return recorder;
}

async function withSession(url: string, use: (session: http2.ClientHttp2Session) => Promise<void>): Promise<void> {
  const session = http2.connect(url);
  try {
    await use(session);
  } finally {
    session.close();
    await once(session, "close");
  }
}

const octets = fc.integer({ min: 0x21, max: 0xff }).filter((octet) => octet !== 0x7f);
const value = fc.array(octets, { minLength: 1, maxLength: 40 }).map((list) => String.fromCharCode(...list));
const fields = fc.dictionary(fc.stringMatching(/^x-[a-z0-9]{1,8}$/), value, { maxKeys: 6 });

test("headers and trailers of any octets go there and back, from nghttp2's encoder to its decoder", async () => {
  await serving(echoServer(), { floodLimits: {} }, (url) =>
    withSession(url, async (session) => {
      await fc.assert(
        fc.asyncProperty(fields, async (sent) => {
          const { headers, trailers } = await call(session, sent, Buffer.alloc(0));
          for (const [name, text] of Object.entries(sent)) {
            assert.equal(headers[name], text);
            assert.equal(trailers[name], text);
          }
        }),
        { seed, numRuns: 150 },
      );
    }),
  );
});

test("each octet's Huffman code is nghttp2's", async () => {
  // So many short codes beside the octet make the coded text the shorter one, so that both sides code it.
  const texts = Array.from({ length: 0x100 }, (_, octet) => octet)
    .filter((octet) => octet > 0x20 && octet !== 0x7f)
    .map((octet) => `a${String.fromCharCode(octet)}${"e".repeat(30)}`);
  await serving(echoServer(), {}, (url) =>
    withSession(url, async (session) => {
      for (const text of texts) {
        const { trailers } = await call(session, { "x-text": text }, Buffer.alloc(0));
        assert.equal(trailers["x-text"], text);
      }
    }),
  );
});

test("bodies of any length go there and back through small windows and frames", async () => {
  const options = { streamWindowBytes: 20_000, connectionWindowBytes: 70_000, maxFrameBytes: 20_000 };
  await serving(echoServer(), options, (url) =>
    withSession(url, async (session) => {
      for (const length of [0, 1, 16_383, 16_384, 16_385, 65_535, 65_536, 1_000_003]) {
        const body = Buffer.alloc(length, "abcdefghij");
        const answer = await call(session, {}, body);
        assert.equal(Buffer.compare(answer.body, body), 0);
      }
    }),
  );
});

test("many calls at a time on one session", async () => {
  await serving(echoServer(), {}, (url) =>
    withSession(url, async (session) => {
      const bodies = Array.from({ length: 300 }, (_, index) => Buffer.alloc((index * 397) % 50_000, index));
      const answers = await Promise.all(bodies.map((body, index) => call(session, { "x-index": String(index) }, body)));
      for (const [index, answer] of answers.entries()) {
        assert.equal(answer.headers["x-index"], String(index));
        assert.equal(Buffer.compare(answer.body, bodies[index] ?? Buffer.alloc(0)), 0);
      }
    }),
  );
});

test("a drain lets node:http2 finish its call", async () => {
  const recorder = new Recorder();
  let connection: ReturnType<typeof serveConnection> | undefined;
  const server = net.createServer((socket) => {
    connection = serveConnection(socket, recorder);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const answered = call(session, {}, Buffer.from("x"));
  while (!recorder.events.includes("onData 1 0 end") && !recorder.events.includes("onData 1 1 end"))
    await new Promise((resolve) => setImmediate(resolve));
  connection?.drain();
  await once(session, "goaway");
  recorder.streams.get(1)?.sendHeaders(encodeStateless([":status", "204"]), true);
  assert.equal((await answered).headers[":status"], 204);
  if (!session.destroyed) await once(session, "close");
  server.close();
  await once(server, "close");
});

/** One call of our client: resolves when the stream is over. */
function callOurs(
  connection: ReturnType<typeof openConnection>,
  recorder: Recorder,
  extra: HeaderList,
  body: Buffer,
  fixed: HeaderList,
): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const stream = connection.openStream(fixed, extra, false, {
      onHeaders: (...args) => recorder.onHeaders(...args),
      onData: (...args) => recorder.onData(...args),
      onTrailers: (...args) => recorder.onTrailers(...args),
      onReset: (...args) => recorder.onReset(...args),
      onWritable: (...args) => recorder.onWritable(...args),
      onClose: (closed) => {
        recorder.onClose(closed);
        resolve(closed);
      },
    });
    if (stream === undefined) reject(new Error("no stream"));
    else stream.sendData(body, 0, body.length, true);
  });
}

test("our client against node:http2's server: heads, bodies and trailers there and back", async () => {
  const server = http2.createServer();
  server.on("stream", (stream: http2.ServerHttp2Stream, headers) => {
    const echoed = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-")));
    stream.respond({ ":status": 200, ...echoed }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers(echoed));
    stream.pipe(stream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const recorder = new Recorder();
  const connection = openConnection(net.connect((server.address() as AddressInfo).port, "127.0.0.1"), recorder);
  const fixed = requestList();
  await fc.assert(
    fc.asyncProperty(fields, fc.uint8Array({ maxLength: 2000 }), async (sent, bytes) => {
      const extra = Object.entries(sent).flat();
      const body = Buffer.from(bytes);
      const stream = await callOurs(connection, recorder, extra, body, fixed);
      for (const [name, text] of Object.entries(sent)) {
        assert.equal(recorder.heads.get(stream.id)?.find(name), text);
        assert.equal(recorder.trailers.get(stream.id)?.find(name), text);
      }
      assert.equal(Buffer.compare(recorder.body(stream.id), body), 0);
    }),
    { seed, numRuns: 150 },
  );
  const big = Buffer.alloc(3_000_000, "xyz");
  const stream = await callOurs(connection, recorder, [], big, fixed);
  assert.equal(Buffer.compare(recorder.body(stream.id), big), 0);
  connection.drain();
  server.close();
  await once(server, "close");
  assert.equal(recorder.closedWith, undefined);
  assert.deepEqual(recorder.errors, []);
});

test("our client against our server: a thousand calls of all sizes in flight", async () => {
  await serving(echoServer(), { streamWindowBytes: 10_000 }, async (url) => {
    const recorder = new Recorder();
    const connection = openConnection(net.connect(Number(new URL(url).port), "127.0.0.1"), recorder, { streamWindowBytes: 5000 });
    while (connection.state === "handshake") await new Promise((resolve) => setImmediate(resolve));
    const fixed = requestList();
    const bodies = Array.from({ length: 1000 }, (_, index) => Buffer.alloc((index * 7919) % 30_000, index));
    const streams = await Promise.all(bodies.map((body, index) => callOurs(connection, recorder, ["x-index", String(index)], body, fixed)));
    for (const [index, stream] of streams.entries()) {
      assert.equal(recorder.heads.get(stream.id)?.find("x-index"), String(index));
      assert.equal(Buffer.compare(recorder.body(stream.id), bodies[index] ?? Buffer.alloc(0)), 0);
    }
    connection.drain();
  });
});
