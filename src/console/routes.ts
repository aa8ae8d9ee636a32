/** Everything that the page may ask for except the stream, by path. */
import { type Asked, textOfAsked } from "./asked.ts";
import { deadLetterRoutes } from "./dead-letter-routes.ts";
import { messageRoutes } from "./message-routes.ts";
import { changes, type Route, type RouteParts } from "./route.ts";

export const routes: ReadonlyMap<string, Route> = new Map(
  Object.entries({
    ...messageRoutes,
    ...deadLetterRoutes,
    "/api/pause": changes(async (asked: Asked, { source }: RouteParts) => {
      source.pause(textOfAsked(asked, "handler"));
      return {};
    }),
    "/api/resume": changes(async (asked: Asked, { source }: RouteParts) => {
      source.resume(textOfAsked(asked, "handler"));
      return {};
    }),
  }),
);
