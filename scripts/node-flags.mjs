// How Node runs a server: by `npm start`, `npm run serve`, the image, and in every measurement.

/**
 * Below 2 GB V8 collects its heap before it has grown by half, instead of letting it grow threefold: 100 MiB less at 10,000 points,
 * for no time that can be measured. A plant of more than some 100,000 points wants more: run the server with a larger number.
 */
export const serverFlags = ["--max-old-space-size=2000"];
