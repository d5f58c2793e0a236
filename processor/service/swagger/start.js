// Shows the interface. Nothing is asked of anybody else: no validator, no fonts, no address from the page's own query.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#interface",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  queryConfigEnabled: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
