/* Runs in the sandboxed frame: shows the inlined OpenAPI text; nothing can be sent from there. */
window.SwaggerUIBundle({
  spec: JSON.parse(document.getElementById("spec").textContent),
  dom_id: "#reference",
  presets: [window.SwaggerUIBundle.presets.apis],
  supportedSubmitMethods: [],
  validatorUrl: null,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  deepLinking: false,
});
