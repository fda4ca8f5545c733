// The description of the HTTP interface, made from the routes themselves (OpenAPI 3.1), and the page that shows it.
import fastifySwagger from "@fastify/swagger";
import fastifySwaggerUi from "@fastify/swagger-ui";
import type { FastifyReply, FastifyRequest } from "fastify";
import { faults } from "../../../contract/faults.ts";
import type { App } from "./guards.ts";
import { credentials, wordsOf } from "./openapi-words.ts";

/** What the description needs. */
export interface DescriptionOptions {
  readonly version: string;
  /** Lets a request for it through, or refuses it. */
  readonly mustView: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;
}

const about = [
  "Everything that screens, enterprises and other systems ask over HTTP. What changes by the second comes by Socket.IO, and",
  "measurements come in by MQTT: neither is here. Times are epoch milliseconds, UTC. A refusal has `code` and, in both",
  "languages, `message`; the codes are listed under `Refusal`. A program that sends the session's cookie with anything but",
  "GET sends the header `x-skyground: 1` beside it.",
].join(" ");

/** Every refusal, as one shape. */
const refusal = {
  type: "object",
  required: ["code", "message"] as string[],
  properties: {
    code: { type: "string", enum: Object.keys(faults) },
    message: { type: "object", properties: { zh: { type: "string" }, en: { type: "string" } } },
    faults: { type: "array", items: { type: "string" }, description: "Each fault of what was sent, in words" },
  },
} as const;

/** Describes the routes that are added after it; they must be added within a plugin of their own. */
export function addDescription(app: App, { version, mustView }: DescriptionOptions): void {
  app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "SkyGround", version, description: about },
      components: {
        securitySchemes: credentials,
        schemas: { Refusal: refusal },
      },
    },
    transform: ({ schema, url, route }) => {
      const methods = [route.method].flat().filter((method) => method !== "HEAD");
      const words = wordsOf(`${methods[0] ?? ""} ${url}`);
      // The dashboard's own files are no interface; a route of it without words is shown bare, and a test finds it.
      if (words === null)
        return { schema: { ...schema, ...(/^\/(?:api\/|health|metrics)/u.test(url) ? {} : { hide: true }) }, url };
      const described = {
        tags: [words.room],
        summary: words.summary,
        security: words.by.map((credential) => ({ [credential]: [] })),
        response: {
          200: { description: words.answer, content: { [words.type]: { schema: {} } } },
          "4XX": {
            description: "Refused",
            content: { "application/json": { schema: { $ref: "#/components/schemas/Refusal" } } },
          },
        },
      };
      return { schema: { ...schema, ...described }, url };
    },
  });
  app.register(fastifySwaggerUi, {
    routePrefix: "/api/docs",
    uiConfig: { docExpansion: "list", deepLinking: true, tryItOutEnabled: false },
    uiHooks: { onRequest: mustView },
    // The guards' own policy holds here too: everything comes from this server.
    staticCSP: false,
  });
}
