import assert from "node:assert/strict";
import { test } from "node:test";
import type { DescMessage, JsonObject } from "@bufbuild/protobuf";
import { frameworkError } from "../../error/index.ts";
import { lazyValidator, prepareRules } from "./prepare.ts";
import { contractFixture } from "./testing/contract-fixture.ts";
import type { Validate } from "./validator.ts";

const rules = (json: JsonObject): JsonObject => ({ "[buf.validate.field]": json });
const fixture = contractFixture({
  package: "fixture.v1",
  messages: {
    Plain: { fields: { text: "string" } },
    Named: { fields: { name: { type: "string", options: rules({ string: { minLen: "2" } }) } } },
    Broken: { fields: { text: { type: "string", options: rules({ cel: [{ id: "broken", expression: "this.no_such(" }] }) } } },
  },
  services: {
    Things: {
      One: { input: "Named", output: "Plain" },
      Two: { input: "Named", output: "Plain" },
      Three: { input: "Plain", output: "Plain" },
    },
    Faulty: { One: { input: "Broken", output: "Plain" } },
  },
});

test("each request that has rules is tried once, whatever it finds", async () => {
  const tried: DescMessage[] = [];
  const validate: Validate = (type) => {
    tried.push(type);
    throw frameworkError("VALIDATION_ERROR", "an empty message breaks rules");
  };
  await prepareRules(() => validate, [fixture.service("Things")]);
  assert.deepEqual(tried, [fixture.message("Named")]);
});

test("a broken rule is told", async () => {
  await assert.rejects(prepareRules(lazyValidator(), [fixture.service("Faulty")]), { reason: "INTERNAL_ERROR" });
});

test("a validator is made once, by the first who asks, and is at hand from then on", async () => {
  let loads = 0;
  const validate: Validate = () => {};
  const source = lazyValidator(async () => {
    loads++;
    return validate;
  });
  assert.equal(loads, 0);
  assert.deepEqual(await Promise.all([source(), source()]), [validate, validate]);
  assert.equal(source(), validate);
  assert.equal(loads, 1);
});
