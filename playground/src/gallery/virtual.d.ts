declare module "virtual:gallery" {
  const examples: readonly import("./example").Example[];
  export default examples;
}
