function filterEnvelope(msg) {
	if (msg.header("Subject")?.includes("[SPAM]")) return skip("spam");
	if (msg.header("List-Id") !== undefined) return accept();
}
