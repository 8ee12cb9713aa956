/** Messages to try rules on. */
import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { create, ScalarType } from "@bufbuild/protobuf";
import type { ReflectMessage } from "@bufbuild/protobuf/reflect";
import { reflect } from "@bufbuild/protobuf/reflect";

/**
 * An empty message of the type, and filled ones: as many as its largest oneof has members, so that each member is set
 * once. Messages within are present and empty.
 */
export function sampleMessages(type: DescMessage): Message[] {
  const filled = Math.max(1, ...type.oneofs.map((oneof) => oneof.fields.length));
  return [create(type), ...Array.from({ length: filled }, (_, nth) => filledMessage(type, nth))];
}

function filledMessage(type: DescMessage, nth: number): Message {
  const message = reflect(type);
  for (const field of type.fields) {
    const { oneof } = field;
    if (oneof === undefined || oneof.fields.indexOf(field) === nth % oneof.fields.length) fill(message, field);
  }
  return message.message;
}

function fill(message: ReflectMessage, field: DescField): void {
  switch (field.fieldKind) {
    case "list":
      message.get(field).add(sampleValue(field));
      break;
    case "map":
      message.get(field).set(scalarSample(field.mapKey), sampleValue(field));
      break;
    default:
      message.set(field, sampleValue(field));
  }
}

function sampleValue(field: DescField): unknown {
  if (field.message !== undefined) return reflect(field.message);
  if (field.enum !== undefined) return field.enum.values.at(-1)?.number;
  return scalarSample(field.scalar);
}

function scalarSample(type: ScalarType): string | number | bigint | boolean | Uint8Array {
  switch (type) {
    case ScalarType.STRING:
      return "sample";
    case ScalarType.BOOL:
      return true;
    case ScalarType.BYTES:
      return new Uint8Array([1]);
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return 1n;
    default:
      return 1;
  }
}
