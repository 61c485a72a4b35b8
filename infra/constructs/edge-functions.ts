import { edgeHeaders } from "../../shared/runtime/env.ts";

/*
 * What runs in CloudFront's own places, at each request (runtime cloudfront-js-2.0). Both are texts, since CloudFront takes them as such.
 */

/** The pages below `/console/`: files by their name, and the app for every other address, so that each of its views can be opened and reloaded. */
export const pagesFunction = `
function handler(event) {
  const request = event.request;
  const uri = request.uri;
  if (uri === "/" || uri === "/console")
    return { statusCode: 302, statusDescription: "Found", headers: { location: { value: "/console/" } } };
  if (!uri.startsWith("/console/")) return { statusCode: 404, statusDescription: "Not Found" };
  if (!uri.slice(uri.lastIndexOf("/")).includes(".")) request.uri = "/console/index.html";
  return request;
}
`;

/** The API behind the same name: it is told who asks, and by which host, as it sees the distribution in their place. */
export const apiFunction = `
function handler(event) {
  const request = event.request;
  request.headers["${edgeHeaders.host}"] = { value: request.headers.host.value };
  request.headers["${edgeHeaders.viewer}"] = { value: event.viewer.ip };
  return request;
}
`;
