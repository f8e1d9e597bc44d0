BEGIN TRANSACTION;
CREATE TABLE account_settings (
	account VARCHAR(64) NOT NULL, 
	e2ee_calls VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_account_settings PRIMARY KEY (account), 
	CONSTRAINT ck_account_settings_e2ee_calls CHECK (e2ee_calls IN ('off', 'on', 'require')), 
	CONSTRAINT fk_account_settings_account FOREIGN KEY(account) REFERENCES accounts (id)
);
INSERT INTO "account_settings" VALUES('ada@home-fuqw','off');
INSERT INTO "account_settings" VALUES('bob@home-fuqw','require');
CREATE TABLE accounts (
	id VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	search_text VARCHAR(256) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	on_demand BOOLEAN NOT NULL, 
	created INTEGER NOT NULL, 
	CONSTRAINT pk_accounts PRIMARY KEY (id), 
	CONSTRAINT ck_accounts_role CHECK (role IN ('member', 'admin', 'auditor'))
);
INSERT INTO "accounts" VALUES('ada@home-fuqw','Ada Lovelace','ada lovelace ada@home-fuqw','admin',0,1800000000);
INSERT INTO "accounts" VALUES('bob@home-fuqw','Bob Ωmega','bob ωmega bob@home-fuqw','member',0,1800000000);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	time INTEGER NOT NULL, 
	actor VARCHAR(64) NOT NULL, 
	action VARCHAR(32) NOT NULL, 
	subject VARCHAR(64) NOT NULL, 
	detail VARCHAR(256) NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,1800000000,'','organisation.add','home-fuqw','');
INSERT INTO "audit" VALUES(2,1800000000,'','invite.add','','');
INSERT INTO "audit" VALUES(3,1800000000,'ada@home-fuqw','account.add','ada@home-fuqw','admin');
INSERT INTO "audit" VALUES(4,1800000000,'ada@home-fuqw','device.enrol','71dea2f448484995b99175ba091ea567','');
INSERT INTO "audit" VALUES(5,1800000000,'','invite.add','','');
INSERT INTO "audit" VALUES(6,1800000000,'ada@home-fuqw','invite.add','','');
INSERT INTO "audit" VALUES(7,1800000000,'bob@home-fuqw','account.add','bob@home-fuqw','member');
INSERT INTO "audit" VALUES(8,1800000000,'bob@home-fuqw','device.enrol','f5f766523711f82b21265cbd432fa39f','');
INSERT INTO "audit" VALUES(9,1800000000,'ada@home-fuqw','invite.add','','');
INSERT INTO "audit" VALUES(10,1800000000,'ada@home-fuqw','policy.change','organisation','user_choice');
INSERT INTO "audit" VALUES(11,1800000000,'ada@home-fuqw','policy.change','organisation','require_compared=True');
INSERT INTO "audit" VALUES(12,1800000000,'ada@home-fuqw','policy.change','organisation','relay_only=True');
INSERT INTO "audit" VALUES(13,1800000000,'bob@home-fuqw','setting.change','bob@home-fuqw','require');
CREATE TABLE devices (
	id VARCHAR(32) NOT NULL, 
	account VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	login_key BLOB NOT NULL, 
	created INTEGER NOT NULL, 
	revoked INTEGER, linked_by VARCHAR(32), 
	CONSTRAINT pk_devices PRIMARY KEY (id), 
	CONSTRAINT fk_devices_account FOREIGN KEY(account) REFERENCES accounts (id)
);
INSERT INTO "devices" VALUES('71dea2f448484995b99175ba091ea567','ada@home-fuqw','laptop',X'414998C2444916E58208A6935578B8066BDF43A5CC989266FA0F30788DF1DDE4',1800000000,NULL,NULL);
INSERT INTO "devices" VALUES('f5f766523711f82b21265cbd432fa39f','bob@home-fuqw','laptop',X'B97070CCB9492C2CBB0FDC70A7F184125652EE4E13240E27D30EFDE3EC0BA5BB',1800000000,NULL,NULL);
CREATE TABLE invites (
	code_sha256 BLOB NOT NULL, 
	account VARCHAR(64), 
	created_by VARCHAR(64), 
	created INTEGER NOT NULL, 
	expires INTEGER NOT NULL, 
	used INTEGER, 
	used_by VARCHAR(32), device VARCHAR(32), 
	CONSTRAINT pk_invites PRIMARY KEY (code_sha256), 
	CONSTRAINT fk_invites_account FOREIGN KEY(account) REFERENCES accounts (id), 
	CONSTRAINT fk_invites_created_by FOREIGN KEY(created_by) REFERENCES accounts (id), 
	CONSTRAINT fk_invites_used_by FOREIGN KEY(used_by) REFERENCES devices (id)
);
INSERT INTO "invites" VALUES(X'89861E64053E008E0159659BCBE1C7B24B62B2376A83FC939DA20BE68D9BC760',NULL,NULL,1800000000,1800604800,1800000000,'71dea2f448484995b99175ba091ea567',NULL);
INSERT INTO "invites" VALUES(X'30CD06B5A5DCFBF52E8E5534351B2E24CF7C35F3E82970EF18237BBBA833C08C',NULL,NULL,1800000000,1800604800,NULL,NULL,NULL);
INSERT INTO "invites" VALUES(X'83C371C21A626FCCE8388D5B7F1AD411D73F48F8807F2B07F1D50B98A738C53F',NULL,'ada@home-fuqw',1800000000,1800604800,1800000000,'f5f766523711f82b21265cbd432fa39f',NULL);
INSERT INTO "invites" VALUES(X'B62EC9D1B445508F6CF0D54F7CEE927486823843B0873660CBC2A9DA119A3A4B',NULL,'ada@home-fuqw',1800000000,1800604800,NULL,NULL,NULL);
CREATE TABLE missed_calls (
	to_account VARCHAR(64) NOT NULL, 
	from_account VARCHAR(64) NOT NULL, 
	call VARCHAR(32) NOT NULL, 
	time INTEGER NOT NULL, 
	CONSTRAINT pk_missed_calls PRIMARY KEY (to_account, from_account, call), 
	CONSTRAINT fk_missed_calls_from_account FOREIGN KEY(from_account) REFERENCES accounts (id), 
	CONSTRAINT fk_missed_calls_to_account FOREIGN KEY(to_account) REFERENCES accounts (id)
);
INSERT INTO "missed_calls" VALUES('ada@home-fuqw','bob@home-fuqw','abababababababababababababababab',1800000000);
CREATE TABLE organisation (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	policy VARCHAR(64) NOT NULL, 
	created INTEGER NOT NULL, own_certificate_sha256 BLOB, 
	CONSTRAINT pk_organisation PRIMARY KEY (id), 
	CONSTRAINT fk_organisation_policy FOREIGN KEY(policy) REFERENCES policies (name)
);
INSERT INTO "organisation" VALUES('home-fuqw','Acme','organisation',1800000000,X'EEF3DF79E80C3E68C5EC8770A58AD1ABAACAB20F789F60899394AB2CEAB61928');
CREATE TABLE policies (
	name VARCHAR(64) NOT NULL, 
	e2ee_calls VARCHAR(16) NOT NULL, 
	require_compared BOOLEAN NOT NULL, 
	relay_only BOOLEAN NOT NULL, 
	compliance_recording BOOLEAN NOT NULL, 
	CONSTRAINT pk_policies PRIMARY KEY (name), 
	CONSTRAINT ck_policies_e2ee_calls CHECK (e2ee_calls IN ('disabled', 'user_choice', 'required'))
);
INSERT INTO "policies" VALUES('organisation','user_choice',1,1,0);
CREATE INDEX ix_devices_account ON devices (account);
COMMIT;
