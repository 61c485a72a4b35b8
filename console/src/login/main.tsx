import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { LoginPage } from "./login-page.tsx";
import "./login.css";

const root = document.querySelector("#root");
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <LoginPage />
    </StrictMode>,
  );
