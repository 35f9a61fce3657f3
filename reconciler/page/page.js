"use strict";
document.getElementById("page").textContent = document.getElementById("document").textContent;
