import { Offers } from "./offers.jsx";

export default function Page() {
  return <main><h1>Shop</h1><Offers /></main>;
}
