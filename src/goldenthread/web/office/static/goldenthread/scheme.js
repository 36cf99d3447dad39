// Totals by kind while a mark scheme is filled in. A hint: what is saved is checked by the server.
const form = document.querySelector("form[data-scheme]");
const totals = form.querySelector("[data-totals]");
const kindOf = (select) => (select.selectedOptions[0]?.text.startsWith("Learn how to") ? "how" : "that");
const show = () => {
  const sums = { that: 0, how: 0 };
  for (const row of form.querySelectorAll(".gt-point")) {
    const select = row.querySelector("select");
    const marks = Number.parseInt(row.querySelector("input[name$=maximum]").value, 10);
    if (select.value && marks > 0) sums[kindOf(select)] += marks;
  }
  const missing = sums.that === 0 || sums.how === 0 ? " Both kinds need marks." : "";
  totals.textContent = `${sums.that + sums.how} marks: learn that ${sums.that}, learn how to ${sums.how}.${missing}`;
};
form.addEventListener("change", show);
show();
