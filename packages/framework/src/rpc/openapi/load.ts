import type { OpenApiOptions } from "./document.ts";
import type { OpenApi } from "./model.ts";

/**
 * Makes the OpenAPI document of the operations that are reachable over REST; see {@link OpenApiOptions}. What makes it is
 * loaded only now: a server may never be asked.
 *
 * @throws TypeError where the contracts contradict themselves: an operation without access rule, an error that is in no
 * table, two operations of one method and path.
 */
export async function loadOpenApiDocument(options: OpenApiOptions): Promise<OpenApi> {
  const { openApiDocument } = await import("./document.ts");
  return openApiDocument(options);
}
