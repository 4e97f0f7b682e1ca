import "./base.css";
import "./panel.css";
import "./trace.css";
