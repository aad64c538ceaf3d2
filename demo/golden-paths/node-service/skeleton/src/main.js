// Start the service: node src/main.js. SIGTERM stops it after the requests that run.
import { createApp, writeLog } from "./app.js";

const { server, state } = createApp();

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    state.ready = false;
    server.close(() => writeLog({ level: "info", message: "stopped" }));
    server.closeIdleConnections();
  });
}
server.listen(Number(process.env.PORT ?? 8080), () => {
  state.ready = true;
  writeLog({ level: "info", message: "listening", port: server.address().port });
});
