// class.js - sorts and filters the table of students in class.html. Without it the page is whole, in the order of names.
"use strict";

const table = document.getElementById("students");
const body = table.tBodies[0];
const heads = Array.from(table.tHead.rows[0].cells);
const form = document.getElementById("filter");

// What a row is sorted by in a column: a number where the cell has one, its text otherwise.
function keyOf(row, column) {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
}

function compare(left, right) {
    return typeof left === "number" ? left - right : left.localeCompare(right, undefined, { numeric: true });
}

// The first press of a number's head shows the most points first, as nobody looks for the fewest of a hundred by name.
function sortBy(column) {
    const head = heads[column];
    const first = head.classList.contains("number") ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? other : first;
    const sign = order === "ascending" ? 1 : -1;
    const rows = Array.from(body.rows);
    rows.sort((a, b) => sign * compare(keyOf(a, column), keyOf(b, column)));
    body.append(...rows);
    for (const each of heads)
        each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
}

function filter() {
    const name = document.getElementById("name").value.toLowerCase();
    const state = document.getElementById("state").value;
    let shown = 0;
    for (const row of body.rows) {
        const fits = row.cells[0].textContent.toLowerCase().includes(name) && (state === "" || row.dataset.state === state);
        row.hidden = !fits;
        shown += fits ? 1 : 0;
    }
    document.getElementById("shown").textContent = shown + " of " + body.rows.length;
}

heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => sortBy(column)));
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = false;
filter();
