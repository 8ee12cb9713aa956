import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type Message } from "@bufbuild/protobuf";
import { type StringValue, StringValueSchema } from "@bufbuild/protobuf/wkt";
import { MessageQueue } from "./message-queue.ts";

const text = (value: string) => create(StringValueSchema, { value });

function textOf(result: IteratorResult<Message, undefined>): string | undefined {
  return (result.value as StringValue | undefined)?.value;
}

/** A queue, and the bytes that were taken from it. */
function queue() {
  const taken: number[] = [];
  return { queue: new MessageQueue((bytes) => taken.push(bytes)), taken };
}

test("messages are handed out in order, whether they came before they were asked for or after", async () => {
  const { queue: messages } = queue();
  messages.push(text("a"), 1);
  const results = [messages.next(), messages.next(), messages.next()];
  messages.push(text("b"), 1);
  messages.end();
  assert.deepEqual((await Promise.all(results)).map(textOf), ["a", "b", undefined]);
});

test("bytes are given back when a message is taken, not when it comes", async () => {
  const { queue: messages, taken } = queue();
  messages.push(text("a"), 10);
  messages.push(text("b"), 20);
  assert.deepEqual(taken, []);
  await messages.next();
  assert.deepEqual(taken, [10]);
});

test("who leaves early gives back the bytes of all that waits and still comes", async () => {
  const { queue: messages, taken } = queue();
  messages.push(text("a"), 10);
  messages.push(text("b"), 20);
  for await (const _ of messages) break;
  messages.push(text("c"), 30);
  assert.deepEqual(taken, [10, 20, 30]);
  assert.equal((await messages.next()).done, true);
});

test("an error is thrown at whoever waits, and at whoever asks later; what waited is dropped", async () => {
  const { queue: messages, taken } = queue();
  const waiting = messages.next();
  messages.fail(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  await assert.rejects(messages.next(), /gone/);
  messages.push(text("late"), 5);
  assert.deepEqual(taken, [5]);
});

test("thousands of messages that wait stay in order", async () => {
  const { queue: messages } = queue();
  for (let i = 0; i < 5000; i++) messages.push(text(String(i)), 1);
  messages.end();
  let next = 0;
  for await (const message of messages) assert.equal((message as StringValue).value, String(next++));
  assert.equal(next, 5000);
});
