// Says in the page, all together and in French, what the form's own rules (required, pattern, type) would refuse.
// Without this script the browser says it in its own way; the server judges in any case.
(() => {
  const form = document.querySelector("form[data-guided]");
  const summary = document.getElementById("erreurs");
  const fields = [...form.querySelectorAll("[data-missing]")];
  const title = document.title;

  const problem_of = (field) => {
    if (field.validity.valueMissing || field.value.trim() === "") return field.dataset.missing;
    return field.validity.valid ? "" : field.dataset.wrong;
  };

  const show = (field, problem) => {
    const line = document.getElementById(`${field.id}-error`);
    line.textContent = problem;
    line.hidden = problem === "";
    if (problem) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };

  const entry = (field, problem) => {
    const link = document.createElement("a");
    link.href = `#${field.id}`;
    const label = document.createElement("strong");
    label.textContent = form.querySelector(`label[for="${field.id}"]`).textContent;
    link.append(label, ` – ${problem}`);
    const item = document.createElement("li");
    item.append(link);
    return item;
  };

  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    const problems = fields.map((field) => [field, problem_of(field)]);
    problems.forEach(([field, problem]) => show(field, problem));
    const wrong = problems.filter(([, problem]) => problem);
    summary.hidden = wrong.length === 0;
    document.title = wrong.length ? `Erreur\u00a0: ${title}` : title;
    if (wrong.length === 0) return;
    event.preventDefault();
    summary.querySelector("ul").replaceChildren(...wrong.map(([field, problem]) => entry(field, problem)));
    summary.querySelector("p")?.remove();
    summary.focus();
  });

  // A line of the summary leads to its field, ready to type.
  summary.addEventListener("click", (event) => {
    const field = document.getElementById(event.target.closest("a")?.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.focus({preventScroll: true});
    field.closest(".field").scrollIntoView({block: "start"});
  });

  // A refused field's error goes while it is being mended, not when it is left: the page would move under the pointer
  // that leaves it for the button, and the click would miss.
  form.addEventListener("input", ({target}) => {
    if (target.hasAttribute("aria-invalid") && !problem_of(target)) show(target, "");
  });

  // The numeric keyboard of some telephones has no slash: with it, the slash writes itself.
  const expiry = document.getElementById("exp-date");
  expiry.inputMode = "numeric";
  expiry.addEventListener("input", () => {
    if (/^\d{3,4}$/.test(expiry.value)) expiry.value = `${expiry.value.slice(0, 2)}/${expiry.value.slice(2)}`;
  });

  // Groups of four, as on the card, once the number is whole.
  const card = document.getElementById("cc-number");
  card.addEventListener("change", () => {
    const digits = card.value.replace(/[ -]/g, "");
    if (/^\d{16}$/.test(digits)) card.value = digits.replace(/\d{4}(?=\d)/g, "$& ");
  });

  // For browsers that know autofocus on form fields alone.
  if (!summary.hidden && !("autofocus" in HTMLElement.prototype)) summary.focus();
})();
