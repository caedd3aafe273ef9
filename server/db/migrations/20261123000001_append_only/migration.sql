-- Ledger tables are append-only by the database itself, not by habit. A correction is a new entry.
CREATE TRIGGER "entry_no_update" BEFORE UPDATE ON "entry" BEGIN SELECT RAISE(ABORT, 'append-only: entry'); END;
CREATE TRIGGER "entry_no_delete" BEFORE DELETE ON "entry" BEGIN SELECT RAISE(ABORT, 'append-only: entry'); END;
CREATE TRIGGER "visit_no_update" BEFORE UPDATE ON "visit" BEGIN SELECT RAISE(ABORT, 'append-only: visit'); END;
CREATE TRIGGER "visit_no_delete" BEFORE DELETE ON "visit" BEGIN SELECT RAISE(ABORT, 'append-only: visit'); END;
CREATE TRIGGER "registry_entry_no_update" BEFORE UPDATE ON "registry_entry" BEGIN SELECT RAISE(ABORT, 'append-only: registry_entry'); END;
CREATE TRIGGER "registry_entry_no_delete" BEFORE DELETE ON "registry_entry" BEGIN SELECT RAISE(ABORT, 'append-only: registry_entry'); END;
CREATE TRIGGER "erasure_no_update" BEFORE UPDATE ON "erasure" BEGIN SELECT RAISE(ABORT, 'append-only: erasure'); END;
CREATE TRIGGER "erasure_no_delete" BEFORE DELETE ON "erasure" BEGIN SELECT RAISE(ABORT, 'append-only: erasure'); END;
CREATE TRIGGER "access_no_update" BEFORE UPDATE ON "access" BEGIN SELECT RAISE(ABORT, 'append-only: access'); END;
CREATE TRIGGER "access_no_delete" BEFORE DELETE ON "access" BEGIN SELECT RAISE(ABORT, 'append-only: access'); END;
CREATE TRIGGER "close_no_update" BEFORE UPDATE ON "close" BEGIN SELECT RAISE(ABORT, 'append-only: close'); END;
CREATE TRIGGER "close_no_delete" BEFORE DELETE ON "close" BEGIN SELECT RAISE(ABORT, 'append-only: close'); END;
CREATE TRIGGER "submission_no_update" BEFORE UPDATE ON "submission" BEGIN SELECT RAISE(ABORT, 'append-only: submission'); END;
CREATE TRIGGER "submission_no_delete" BEFORE DELETE ON "submission" BEGIN SELECT RAISE(ABORT, 'append-only: submission'); END;
CREATE TRIGGER "seal_no_update" BEFORE UPDATE ON "seal" BEGIN SELECT RAISE(ABORT, 'append-only: seal'); END;
CREATE TRIGGER "seal_no_delete" BEFORE DELETE ON "seal" BEGIN SELECT RAISE(ABORT, 'append-only: seal'); END;
