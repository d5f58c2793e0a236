/** Where an author shows who they are, once the service has asked. */

import { token } from "../api/token";
import { fault, tokenWanted } from "./state";

export function Token() {
  if (!tokenWanted.value) return null;
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget).get("token");
        token.value = typeof given === "string" ? given.trim() : "";
        tokenWanted.value = false;
        fault.value = null;
      }}
    >
      <label>
        Access token
        <input name="token" type="password" autocomplete="off" required />
      </label>
      <button type="submit">Use it</button>
      <span class="hint">It is kept until this tab is closed.</span>
    </form>
  );
}
