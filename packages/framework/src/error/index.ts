export type { Code, ErrorKind, ErrorMaker, ErrorOptions, FieldViolation } from "./error.ts";
export { ArcanaError, codes, errorTable, raise } from "./error.ts";
export { frameworkError, frameworkErrors } from "./framework-errors.ts";
