/** Swagger UI and the document that it shows, from files of this machine alone. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { Asset } from "./asset.ts";
import { assetHandler } from "./asset.ts";
import type { OpenApi } from "./model.ts";

export interface SwaggerUiOptions {
  /** Makes the document; called once, at the first request for it. */
  readonly document: () => OpenApi | Promise<OpenApi>;
  /** Where the page is served, with and without a slash behind. Default: `/swagger-ui`. */
  readonly path?: string;
  /** Where the document is served. Default: `/api-docs/openapi.json`. */
  readonly documentPath?: string;
  /** The page's title. Default: `API`. */
  readonly title?: string;
}

type Answer = ReturnType<typeof assetHandler>;

/**
 * Nothing may be fetched from, sent to, or framed by another host. Scripts and styles come from files alone; `data:`
 * and `blob:` images are the icons of the style sheet and previews of answers.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const pageHeaders = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
};

const html = "text/html; charset=utf-8";
const javascript = "text/javascript; charset=utf-8";
const css = "text/css; charset=utf-8";

/** Every file that is served of the package: a name that is not here is not found, whatever it looks like. */
const files: Readonly<Record<string, string>> = {
  "swagger-ui.css": css,
  "index.css": css,
  "swagger-ui-bundle.js": javascript,
  "favicon-16x16.png": "image/png",
  "favicon-32x32.png": "image/png",
};

/** Asked each time whether it is still the same: a restart may bring another document. */
const revalidate = "no-cache";
/** Changed by an upgrade alone. */
const anHour = "public, max-age=3600";

/**
 * The plugin that serves both, and leads there from `/` where nothing else is served. Until they are asked for, no file is read and no document is made.
 *
 * @throws whatever `document` throws, as the answer of its request.
 */
export function swaggerUi(options: SwaggerUiOptions): FastifyPluginAsync {
  const { document, path = "/swagger-ui", documentPath = "/api-docs/openapi.json", title = "API" } = options;
  const own = (contentType: string, load: Asset["load"]): Asset => ({ contentType, cacheControl: revalidate, load });
  return async (fastify) => {
    const serve = (url: string, answer: Answer): void => {
      fastify.get(url, (request: FastifyRequest, reply: FastifyReply) => answer(request, reply.headers(pageHeaders)));
    };
    const page = pageHandler(title, path);
    serve(path, page);
    // A server that ignores trailing slashes has this one already.
    if (!fastify.initialConfig.routerOptions?.ignoreTrailingSlash) serve(`${path}/`, page);
    serve(`${path}/start.js`, assetHandler(own(javascript, () => startScript(path, documentPath))));
    for (const [name, contentType] of Object.entries(files)) {
      serve(`${path}/${name}`, assetHandler({ contentType, cacheControl: anHour, load: () => readFile(join(packageFolder(), name)) }));
    }
    // Whoever opens the server in a browser. A place of the contracts' own goes before.
    if (!fastify.hasRoute({ method: "GET", url: "/" })) fastify.get("/", (_request, reply) => reply.redirect(`.${path}`));
    serve(documentPath, assetHandler(own("application/json; charset=utf-8", async () => JSON.stringify(await document()))));
  };
}

/** Where the package has its files. The package itself is never loaded: its plugin and what that needs stay on disk. */
function packageFolder(): string {
  return join(dirname(fileURLToPath(import.meta.resolve("@fastify/swagger-ui"))), "static");
}

/** Addresses in the page are relative, so that it works behind a proxy that serves it under another prefix. */
function pageHandler(title: string, path: string): Answer {
  const asset = (base: string) => assetHandler({ contentType: html, cacheControl: revalidate, load: () => pageText(title, base) });
  const withSlash = asset(".");
  const without = asset(`.${path.slice(path.lastIndexOf("/"))}`);
  return (request, reply) => (request.url.split("?")[0]?.endsWith("/") ? withSlash(request, reply) : without(request, reply));
}

function pageText(title: string, base: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escaped(title)}</title>
    <link rel="stylesheet" href="${base}/swagger-ui.css">
    <link rel="stylesheet" href="${base}/index.css">
    <link rel="icon" type="image/png" sizes="32x32" href="${base}/favicon-32x32.png">
    <link rel="icon" type="image/png" sizes="16x16" href="${base}/favicon-16x16.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${base}/swagger-ui-bundle.js"></script>
    <script src="${base}/start.js"></script>
  </body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** `validatorUrl: null`: by default Swagger UI sends the document's address to a validator on the internet. */
function startScript(path: string, documentPath: string): string {
  const documentUrl = "../".repeat(path.split("/").length - 1) + documentPath.slice(1);
  return `SwaggerUIBundle({
  dom_id: "#swagger-ui",
  url: new URL(${JSON.stringify(documentUrl)}, document.currentScript.src).href,
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
`;
}
