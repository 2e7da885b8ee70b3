"""The beginnings that addresses share."""

ITEM = "handelser/<uuid:incident_id>"
DUTY = f"{ITEM}/skyldighet/<uuid:duty_id>"
EVIDENCE = f"{ITEM}/bevis/<uuid:evidence_id>"
CASE = "arenden/<uuid:case_id>"
