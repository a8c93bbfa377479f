/** The customers of the demo. A real shop has a database and stores password hashes. */

const CUSTOMERS = [
  {
    id: "cust-1001",
    name: "Ada Moreau",
    email: "ada@larkfell.example",
    password: "larkfell",
    tier: "gold",
    since: "March 2021",
    address: { street: "12 Chapel Row", postcode: "LA23 1AB", city: "Hawsdale" },
    orders: [
      { id: "LF-3048213", date: "2 October 2026", items: "Skylark 3, Merino Run Sock × 2", total: 165 },
      { id: "LF-2845790", date: "14 June 2026", items: "Ledge 8 Vest", total: 119 },
      { id: "LF-2541162", date: "9 February 2026", items: "Eider Hooded, Wether Bobble Hat", total: 221 },
    ],
  },
  {
    id: "cust-1002",
    name: "Ben Okafor",
    email: "ben@larkfell.example",
    password: "larkfell",
    tier: "silver",
    since: "August 2024",
    address: { street: "4 Mill Lane", postcode: "CA12 5XR", city: "Keldbeck" },
    orders: [{ id: "LF-2947008", date: "21 August 2026", items: "Scree 3", total: 145 }],
  },
  {
    id: "cust-1003",
    name: "Mika Lindqvist",
    email: "mika@larkfell.example",
    password: "larkfell",
    tier: "basic",
    since: "November 2026",
    address: { street: "31 Station Road", postcode: "LA9 7QT", city: "Hawsdale" },
    orders: [],
  },
];

export const customerById = (id) => CUSTOMERS.find((customer) => customer.id === id) ?? null;

/** The customer with this e-mail and password, or null. */
export function authenticate(email, password) {
  const wanted = String(email ?? "")
    .trim()
    .toLowerCase();
  return CUSTOMERS.find((customer) => customer.email === wanted && customer.password === password) ?? null;
}

/** What a browser may know about a customer. */
export const publicDetails = ({ id, name, email, tier }) => ({ id, name, email, tier });

/** The address a visitor to the demo can sign in with. */
export const demoSignIn = {
  email: CUSTOMERS[0].email,
  others: CUSTOMERS.slice(1).map(({ email }) => email),
  password: CUSTOMERS[0].password,
};
