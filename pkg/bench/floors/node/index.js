// The floor of Node.js on Lambda: the Runtime API without any package, and a constant
// verdict.
"use strict";
const http = require("http");

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true });
const answer = JSON.stringify({
  statusCode: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ ActionStatus: "OK", ErrorInfo: "", ErrorCode: 0 }),
});

function request(method, path, body) {
  return new Promise((resolve, reject) => {
    const r = http.request({ host, port, agent, method, path: "/2018-06-01/runtime/invocation/" + path }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(parts).toString() }));
    });
    r.on("error", reject);
    r.end(body);
  });
}

(async () => {
  for (;;) {
    const event = await request("GET", "next");
    JSON.parse(event.body);
    await request("POST", event.headers["lambda-runtime-aws-request-id"] + "/response", answer);
  }
})().catch(() => process.exit(1));
