/** Reports to Selvedge. The tag loads on its own time: until it is there the calls wait in an array; without it nothing happens. */

function call(method, ...args) {
  const selvedge = (window.selvedge = window.selvedge || []);
  if (typeof selvedge[method] === "function") selvedge[method](...args);
  else selvedge.push([method, ...args]);
}

export const track = (event, properties) => call("track", event, properties);

/** Says who signed in; the token is the server's word for it. */
export const identify = ({ id, ...traits }, token) => call("identify", id, traits, { token });

export const forget = () => call("reset");
