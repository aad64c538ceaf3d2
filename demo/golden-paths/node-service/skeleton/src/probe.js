// Ask the service in this container whether it is ready; for Docker's HEALTHCHECK.
const url = `http://127.0.0.1:${process.env.PORT ?? 8080}/readyz`;
const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => null);
process.exitCode = answer?.ok ? 0 : 1;
