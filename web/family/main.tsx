import { mountPlain } from "../plain.tsx";
import { FamilyPage } from "./page.tsx";

mountPlain(<FamilyPage />);
